"""Faults of a JSON value, explained to its author."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.flights import FlightStatus
from contracts.ledger import Booking
from irops.lines.faults import in_words
from irops.lines.strict import strict
from tests.journeys.small_world import World

Written = dict[str, Any]
Change = Callable[[Written], object]


def status() -> Written:
    """A status as it is written."""
    world = World()
    return written(world.status(world.flight(1, leaves=5)))


def booking() -> Written:
    """A booking of two flights."""
    world = World()
    flights = world.flight(1, to="BOS", leaves=1, takes=1), world.flight(2, "BOS", leaves=5)
    return written(world.booking("ANA", *flights, remark="my sister's wedding", ssrs=("WCHR",)))


def written(message: msgspec.Struct) -> Written:
    plain: Written = json.loads(msgspec.json.encode(message))
    return plain


@pytest.mark.parametrize(
    ("change", "explained"),
    [
        pytest.param(
            lambda w: w.pop("flight"), "flight is missing: wanted a flight such as B6.1017.JFK.2013-02-08", id="a field"
        ),
        pytest.param(
            lambda w: w.update(flight="B6 1"),
            'flight: wanted a flight such as B6.1017.JFK.2013-02-08, not "B6 1"',
            id="a flight",
        ),
        pytest.param(
            lambda w: w.update(destination="bos"),
            'destination: wanted an airport\'s code such as JFK, not "bos"',
            id="an airport",
        ),
        pytest.param(
            lambda w: w.update(observed_at="yesterday"),
            'observed_at: wanted an instant such as 2013-02-08T17:00:00Z, not "yesterday"',
            id="an instant",
        ),
        pytest.param(
            lambda w: w.update(observed_at="2013-02-08T17:00:00"),
            'observed_at: wanted an instant such as 2013-02-08T17:00:00Z, not "2013-02-08T17:00:00"',
            id="a time without its zone",
        ),
        pytest.param(
            lambda w: w.update(diverted_to=""),
            'diverted_to: wanted an airport\'s code such as JFK, not "" (or leave it out)',
            id="null, where the field can be left out",
        ),
        pytest.param(lambda w: w.update(cancelled="yes"), "cancelled: wanted true or false, not text", id="yes"),
        pytest.param(
            lambda w: w.update(seats={"economy": "9"}),
            "seats.economy: wanted a whole number, not text",
            id="a number in quotes",
        ),
        pytest.param(
            lambda w: w.update(seats={"busines": 9}),
            "seats.busines: no such field; did you mean business?",
            id="a cabin",
        ),
        pytest.param(
            lambda w: w.update(canceled=True), "canceled: no such field; did you mean cancelled?", id="a misspelt field"
        ),
        pytest.param(
            lambda w: w.update({"\x1b[2J": 1}) or w.pop("flight"),
            "(something that is no name): no such field; there are flight, destination",
            id="a field that would clear the screen",
        ),
        pytest.param(
            lambda w: w.update(diverted_to="x" * 99),
            f"diverted_to: wanted an airport's code such as JFK, not \"{'x' * 39}...",
            id="a long one",
        ),
    ],
)
def test_a_fault_of_a_status_has_its_place_what_is_wanted_and_the_value(change: Change, explained: str) -> None:
    """Without the decoder's wording."""
    line = status()
    change(line)
    assert in_words(line, FlightStatus).startswith(explained)


@pytest.mark.parametrize(
    ("change", "explained"),
    [
        pytest.param(
            lambda w: w.update(pnr="Ana Lee"), "pnr: wanted a PNR of letters, digits, - and _, at most 40", id="pnr"
        ),
        pytest.param(
            lambda w: w["party"].update(remark=7), "party.remark: wanted text, not a whole number", id="remark"
        ),
        pytest.param(
            lambda w: w["party"].update(contact=["ana@example.org"]),
            "party.contact: wanted text, not a list",
            id="contact",
        ),
        pytest.param(
            lambda w: w["party"].update(contact=None),
            "party.contact: wanted text, not null (or leave it out)",
            id="no contact",
        ),
        pytest.param(
            lambda w: w["party"].update(passengers="Ana"),
            "party.passengers: wanted a whole number, not text",
            id="passengers",
        ),
        pytest.param(
            lambda w: w["party"].update(seats=1.5),
            "party.seats: wanted a whole number, not a number with a fraction",
            id="half a seat",
        ),
        pytest.param(
            lambda w: w["party"].update(tier="Ana Lee"),
            "party.tier: wanted a tier of letters, digits, - and _, at most 40",
            id="a tier",
        ),
        pytest.param(
            lambda w: w["party"].update(cabin="Ana"),
            "party.cabin: wanted one of first, business, premium, economy",
            id="a word of a closed list",
        ),
        pytest.param(
            lambda w: w["party"].update(ssrs=["WCHR", "Ana"]),
            "party.ssrs[1]: wanted the code of a special service (SSR): four capital letters",
            id="in a list",
        ),
        pytest.param(
            lambda w: w["party"].update(remarks="Ana"),
            "party.remarks: no such field; did you mean remark?",
            id="a misspelt field",
        ),
        pytest.param(
            lambda w: w.update(party="Ana"),
            "party: wanted an object with passengers, seats, cabin, not text",
            id="party",
        ),
        pytest.param(
            lambda w: w["journeys"][0].update(legs="Ana"), "journeys[0].legs: wanted a list, not text", id="legs"
        ),
        pytest.param(
            lambda w: w["journeys"][0]["ticket"].update(flights="Ana"),
            "journeys[0].ticket.flights: wanted a list, not text",
            id="a list of flights",
        ),
        pytest.param(
            lambda w: w.update({"Ana Lee, ana@example.org": 1}),
            "(something that is no name): no such field",
            id="a name of a field that is none",
        ),
        pytest.param(
            lambda w: w["journeys"][0]["legs"][1].update(departs=3),
            "journeys[0].legs[1].departs: wanted an instant such as 2013-02-08T17:00:00Z, not 3",
            id="deep",
        ),
    ],
)
def test_a_fault_of_a_booking_repeats_no_personal_data(change: Change, explained: str) -> None:
    """A name or an address may stand in any field; only the kind of value is given."""
    line = booking()
    change(line)
    fault = in_words(line, Booking)
    assert fault.startswith(explained)
    assert "Ana" not in fault
    assert "example.org" not in fault


def test_a_line_that_is_no_object_gets_the_fields_of_one() -> None:
    """The fields that can't be left out."""
    assert in_words([], Booking) == "wanted an object with pnr, party, journeys, not a list"


def test_three_faults_are_named_and_the_others_counted() -> None:
    """Thousands of faults are still one line."""
    faults = in_words({}, FlightStatus).split("; ")
    assert [fault.partition(" is missing")[0] for fault in faults[:3]] == ["flight", "destination", "observed_at"]
    assert faults[3:] == ["and 2 more"]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@given(ANYTHING, st.data())
def test_whatever_the_decoder_refuses_has_a_fault_and_a_message_has_none(value: Any, data: st.DataObject) -> None:
    """One place of a booking holds something else, or has an unknown field beside it."""
    whole: dict[str, Any] = {"line": booking()}
    at: Any = whole
    place: Any = "line"
    while isinstance(at[place], (dict, list)) and at[place] and data.draw(st.booleans()):
        at = at[place]
        place = data.draw(st.sampled_from(list(at) if isinstance(at, dict) else range(len(at))))
    if isinstance(at, dict) and data.draw(st.booleans()):
        place = "beside"
    at[place] = value
    line = json.loads(json.dumps(whole["line"]))
    try:
        msgspec.json.decode(json.dumps(line).encode(), type=strict(Booking))
        refused = False
    except msgspec.ValidationError:
        refused = True
    assert (in_words(line, Booking) != "is no Booking") == refused

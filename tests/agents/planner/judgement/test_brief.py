"""What a model is told of a party: all that the trip depends on, each fact with its source, and nothing about who they are."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from agents.planner.domain import Rules
from agents.planner.judgement.brief import Brief
from agents.planner.judgement.kinds import TripFact
from bus import Seen
from contracts.ledger import Booking
from contracts.weather import WeatherObserved
from tests.agents.planner.judgement.judgement_worlds import (
    CANCELLED,
    FLIGHTS,
    LATER,
    NOW,
    SNOW,
    at,
    booking,
    brief,
    flight,
)


def fact(of: Brief, name: str) -> TripFact:
    """The one fact of this name."""
    (found,) = [known for known in of.facts if known.name == name]
    return found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(
            "ticket",
            "JFK to MCO on B6 1; leaves Fri 2013-02-08 12:00, arrives Fri 2013-02-08 15:00; economy paid for, "
            "210 dollars in all",
            id="what was sold",
        ),
        pytest.param("party", "2 travel, 2 seats needed, tier gold", id="who travels"),
        pytest.param("service", "WCHR, aisle seats preferred", id="what they need"),
        pytest.param(
            "current trip",
            "B6 1 in economy, JFK Fri 2013-02-08 12:00 to MCO Fri 2013-02-08 15:00",
            id="what they hold",
        ),
        pytest.param("last notice", "none", id="what was said before"),
        pytest.param(
            "flight B6 1",
            "cancelled; JFK Fri 2013-02-08 12:00 to MCO Fri 2013-02-08 15:00",
            id="each leg as it is now",
        ),
        pytest.param(
            "option A",
            "B6 3 in economy, LGA Fri 2013-02-08 13:00 to MCO Fri 2013-02-08 16:00, 10 seats free; arrives 1 h later than the "
            "ticket; cost 1159 (delay 386, transfer 772)",
            id="options with seats and what their cost is made of",
        ),
        pytest.param("weather JFK", "30.2 F, 41 mph gusts", id="the weather, as far as it was measured"),
        pytest.param(
            "rule when",
            "a trip leaves 45 min from now or later, at most 2 h before the ticketed departure and at most 14 days after it",
            id="when it may leave",
        ),
        pytest.param(
            "rule fare",
            "the airline changes the trip: whatever the option, the party pays nothing on top of its ticket",
            id="what it costs them",
        ),
        pytest.param("rule airports", "JFK, EWR, LGA count as one city", id="the airports of the city"),
    ],
)
def test_the_facts(name: str, text: str) -> None:
    """Each in one line."""
    who = booking(passengers=2, seats=2, tier="gold", ssrs=("WCHR",), preference="aisle", fare=210)

    assert fact(brief(of=who), name).text == text


def test_a_fact_says_where_it_was_read_at_which_revision_and_since_when_it_is_so() -> None:
    """The booking's from the booking, a flight's from its ledger, an option's from that of its flights written last."""
    found = {name: fact(brief(), name) for name in ("ticket", "flight B6 1", "option B", "weather JFK")}

    assert {name: (known.source, known.revision, known.written_at) for name, known in found.items()} == {
        "ticket": ("ledger.booking.PNR042", 3, at(-30)),
        "flight B6 1": (f"ledger.flight.{CANCELLED.flight}", 120, at(0)),
        "option B": (f"ledger.flight.{LATER.flight}", 150, at(3)),
        "weather JFK": ("weather.observed.JFK", 17, at(8)),
    }


def test_nobody_is_named_and_nobody_can_be_reached() -> None:
    """No fact tells the record locator or the contact."""
    told = " ".join(f"{known.name} {known.text}" for known in brief("a remark").facts)

    assert not [word for word in ("PNR042", "ann@example.net", "a remark") if word in told]


def test_needs_and_preferences_are_personal() -> None:
    """They are the facts that are not told where a remark is to be read."""
    alone = brief(of=booking(ssrs=("UMNR",), preference="window"))

    assert {known.name for known in alone.facts if known.personal} == {"service", "rule changes"}


def test_times_are_by_the_clocks_of_their_airport() -> None:
    """An arrival in Chicago is told by Chicago's clocks; where a zone is unknown it is said that it is UTC."""
    west, nowhere = flight("AA.7", "JFK-ORD", 10), flight("AA.8", "JFK-XNA", 10)
    there = brief(flights=[*FLIGHTS, west, nowhere])

    assert there.clocks.show(west.arrives, "ORD") == "Fri 2013-02-08 12:00"
    assert there.clocks.show(nowhere.arrives, "XNA") == "Fri 2013-02-08 18:00 UTC"


def test_a_connection_is_told_with_its_change() -> None:
    """Where, and for how long."""
    out, on = flight("DL.1", "JFK-ATL", 11, hours=2), flight("DL.2", "ATL-MCO", 14, hours=1.5)

    text = fact(brief(flights=[CANCELLED, out, on]), "option A").text

    assert "; changes at ATL for 1 h; " in text


def test_a_stranded_party_has_no_trip_and_knows_it() -> None:
    """What it holds is nothing."""
    assert fact(brief(of=booking(state="stranded")), "current trip").text == "none"


@pytest.mark.parametrize(
    ("of", "text"),
    [
        pytest.param(booking(), "none", id="a party nothing has happened to"),
        pytest.param(booking(state="stranded"), "none", id="a party that was brought in as it is"),
        pytest.param(
            booking(state="kept", plan="plan-0"),
            "Wed 2013-02-06 18:00 at JFK, that its trip stands: "
            "B6 1 in economy, JFK Fri 2013-02-08 12:00 to MCO Fri 2013-02-08 15:00",
            id="its own trip, at the times that were told",
        ),
        pytest.param(
            booking(state="rebooked", on=LATER, plan="plan-0"),
            "Wed 2013-02-06 18:00 at JFK, that it is moved: "
            "B6 2 in economy, JFK Fri 2013-02-08 15:00 to MCO Fri 2013-02-08 18:00",
            id="another trip",
        ),
        pytest.param(
            booking(state="stranded", plan="plan-0"),
            "Wed 2013-02-06 18:00 at JFK, that there is no seat for it yet, and it is on the waiting list",
            id="none",
        ),
    ],
)
def test_what_was_told_before_is_what_the_last_fact_of_the_booking_said(of: Booking, text: str) -> None:
    """And when: the booking was written with it."""
    assert fact(brief(of=of), "last notice").text == text


def test_an_unaccompanied_minor_is_bound_by_a_rule_of_its_own() -> None:
    """It flies non-stop."""
    text = fact(brief(of=booking(ssrs=("UMNR",))), "rule changes").text

    assert text == "an unaccompanied minor flies non-stop between the very airports of the ticket"


def test_a_flight_written_long_ago_is_not_too_old_while_it_is_followed() -> None:
    """How long it has been so is no age: what is read now is known to be so now."""
    old = msgspec.structs.replace(LATER, written_at=at(-24 * 30))

    assert brief(flights=[CANCELLED, old]).too_old == ()


def test_weather_observed_too_long_ago_is_too_old_and_does_no_harm() -> None:
    """Three hours, and a model may be asked all the same."""
    seen = Seen(WeatherObserved(airport="JFK", observed_at=NOW - timedelta(hours=3, seconds=1)), 17, NOW)
    of = brief(weather={"JFK": seen})

    assert [known.name for known in of.too_old] == ["weather JFK"]
    assert of.usable


@pytest.mark.parametrize(
    ("known", "old"),
    [
        pytest.param("current_at", {"flight B6 1", "option A", "option B", "option C"}, id="seats"),
        pytest.param("read_at", {"ticket", "party", "current trip", "last notice"}, id="the booking"),
    ],
)
def test_what_was_last_known_too_long_ago_is_of_no_use(known: str, old: set[str]) -> None:
    """Nobody is asked anything about what may not be so any more."""
    last: dict[str, Any] = {known: NOW - timedelta(minutes=6)}
    of = brief(**last)

    assert {fact.name for fact in of.too_old} == old
    assert not of.usable


def test_a_brief_grows_old() -> None:
    """What was fresh when it was read is too old when enough time has passed."""
    assert not brief().at(NOW + timedelta(minutes=6)).usable


def test_a_brief_for_choosing_has_the_options_given_and_no_others() -> None:
    """They are labelled anew, in the order given."""
    of = brief()
    assert of.plan is not None

    options = of.choosing(of.plan, of.plan.options[1:]).facts
    told = {known.name: known.text[:4] for known in options if known.kind == "options"}

    assert told == {"option A": "B6 2", "option B": "B6 4"}


def test_the_options_after_the_eighth_are_not_told() -> None:
    """There are letters for eight."""
    of = brief()
    assert of.plan is not None

    many = of.choosing(of.plan, of.plan.options * 5).facts

    assert [known.name[-1] for known in many if known.kind == "options"] == list("ABCDEFGH")


def test_a_party_whose_trip_stands_has_facts_without_options() -> None:
    """Nothing is due, and `irops prompt` can be asked about it all the same."""
    fine = flight("B6.1", "JFK-MCO", 12)
    of = brief(flights=[fine], weather=SNOW, rules=Rules())

    assert of.plan is None
    assert not [known for known in of.facts if known.kind == "options"]

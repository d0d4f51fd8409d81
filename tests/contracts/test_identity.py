"""Each departure has one key, whatever it is called."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.airlines import derive, iata_of
from contracts.flights import Flight, FlightStatus, Phase
from contracts.identity import (
    LANDS_EARLY,
    RESCHEDULED,
    canonical,
    goes_on,
    leaves_then,
    of_its_number,
    other_departure,
    same_aircraft,
    stays_aboard,
)
from contracts.names import FlightKey, day_of

ZONES = {"JFK": ZoneInfo("America/New_York"), "HND": ZoneInfo("Asia/Tokyo")}
ICAO_OF = {iata: icao for icao, iata in iata_of().items()}

airlines = st.sampled_from(sorted(ICAO_OF)) | st.sampled_from(["9K", "KX", "KSL", "ZZZ"])
departures = st.tuples(
    airlines,
    st.integers(0, 9999),
    st.sampled_from(["", "A", "D"]),
    st.sampled_from(["JFK", "EWR"]),
    st.dates(date(2013, 2, 8), date(2013, 2, 10)),
)
Departure = tuple[str, int, str, str, date]


@st.composite
def spellings(draw: st.DrawFn, departure: Departure) -> str:
    """One of the names that a feed may have for it."""
    airline, number, suffix, origin, day = departure
    designator = draw(st.sampled_from([airline, ICAO_OF.get(airline, airline)]))
    digits = draw(st.sampled_from([str(number), f"{number:02}", f"{number:03}", f"{number:04}"]))
    name = f"{designator}.{digits}{suffix}.{origin}"
    return f"{draw(st.sampled_from([name, name.lower(), name.title()]))}.{day.isoformat()}"


@st.composite
def two_named(draw: st.DrawFn) -> tuple[Departure, str, Departure, str]:
    """Two departures, often the same or nearly, each by one of its names."""
    one, another = draw(departures), draw(departures)
    other: Departure = (
        draw(st.sampled_from([one[0], another[0]])),
        draw(st.sampled_from([one[1], another[1]])),
        draw(st.sampled_from([one[2], another[2]])),
        draw(st.sampled_from([one[3], another[3]])),
        draw(st.sampled_from([one[4], another[4]])),
    )
    return one, draw(spellings(one)), other, draw(spellings(other))


@given(two_named())
def test_two_names_have_one_key_exactly_if_they_are_of_one_departure(
    named: tuple[Departure, str, Departure, str],
) -> None:
    """All spellings of a departure meet, and no two departures do."""
    one, spelling, other, another = named
    assert (canonical(spelling) == canonical(another)) == (one == other)


@given(departures.flatmap(spellings))
def test_a_key_is_its_own_key_and_has_the_form_of_one(name: str) -> None:
    """Canonical twice is canonical once, and every spelling can be decoded."""
    key = canonical(name)
    assert canonical(key) == key
    assert [msgspec.convert(each, FlightKey) for each in (name, key)] == [name, key]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("B6.0083.JFK.2050-02-08", "B6.83.JFK.2050-02-08"),
        ("b6.83.jfk.2050-02-08", "B6.83.JFK.2050-02-08"),
        ("JBU.83.JFK.2050-02-08", "B6.83.JFK.2050-02-08"),
        ("aal.0083d.JFK.2050-02-08", "AA.83D.JFK.2050-02-08"),
        ("AA.0D.JFK.2050-02-08", "AA.0D.JFK.2050-02-08"),
        ("ZZZ.83.JFK.2050-02-08", "ZZZ.83.JFK.2050-02-08"),
    ],
)
def test_a_name_has_this_key(name: str, key: str) -> None:
    """An airline that the table lacks keeps its designator."""
    assert canonical(name) == key


def test_no_two_airlines_share_a_designator() -> None:
    """So no two departures have one key because of the table."""
    table = iata_of()
    assert len(set(table.values())) == len(table) > 900
    assert all(len(icao) == 3 and len(iata) == 2 for icao, iata in table.items())


def test_the_table_prefers_airlines_of_today_and_leaves_out_those_that_share_a_designator() -> None:
    """From rows as the source has them."""

    def row(icao: str, iata: str, until: str = "") -> Mapping[str, str]:
        return {"3char_code": icao, "2char_code": iata, "validity_to": until, "env_id": ""}

    rows = [
        row("OLD", "X1", "2012-01-01"),
        row("NEW", "X1"),
        row("PST", "X2", "2012-01-01"),
        row("ONE", "X3"),
        row("TWO", "X3"),
        row("CAR", ""),
    ]
    table = derive(rows)
    assert {icao: table.get(icao) for icao in ("OLD", "NEW", "PST", "ONE", "TWO", "CAR")} == {
        "OLD": None, "NEW": "X1", "PST": "X2", "ONE": None, "TWO": None, "CAR": None,
    }  # fmt: skip


def status(flight: FlightKey, departs: datetime) -> FlightStatus:
    return FlightStatus(
        flight=flight,
        destination="MCO",
        observed_at=departs - timedelta(days=1),
        scheduled_departure=departs,
        scheduled_arrival=departs + timedelta(hours=3),
    )


def known(of: FlightStatus) -> Flight:
    departs, arrives = of.scheduled_departure, of.scheduled_arrival
    return Flight(
        flight=of.flight, destination=of.destination, phase="scheduled", last_change=1, scheduled_departure=departs,
        scheduled_arrival=arrives, departs=departs, arrives=arrives, announced_departure=departs,
        announced_arrival=arrives, observed_at=of.observed_at, seats={"economy": 9},
    )  # fmt: skip


EVENING = datetime(2013, 2, 9, 1, 0, tzinfo=UTC)
"""20:00 on the 8th in New York, 10:00 on the 9th in Tokyo."""


@pytest.mark.parametrize(
    ("flight", "is_it"),
    [
        ("B6.83.JFK.2013-02-08", True),
        ("B6.83.JFK.2013-02-09", False),  # the date in UTC
        ("B6.83.JFK.2013-02-07", False),
        ("NH.83.HND.2013-02-09", True),
        ("NH.83.HND.2013-02-08", False),
        ("B6.83.QQQ.2013-02-08", True),  # of an airport without a known zone it can be
        ("B6.83.QQQ.2013-02-11", False),
        ("B6.83.JFK.2013-02-30", False),
    ],
)
def test_a_departure_has_its_origins_own_date(flight: FlightKey, is_it: bool) -> None:
    """Another one is refused, with the date that it has there."""
    why = other_departure(status(flight, EVENING), None, zones=ZONES)
    assert (why is None) == is_it
    if why and day_of("x.x.x.2013-02-08").isoformat() not in flight and "JFK" in flight and "02-30" not in flight:
        assert "is on 2013-02-08 in JFK" in why


@pytest.mark.parametrize("number", ["83", "83D"])
def test_a_schedule_far_from_the_known_one_is_another_flights(number: str) -> None:
    """The reason names the form that a second departure has."""
    first = status(f"B6.{number}.JFK.2013-02-08", EVENING)
    second = status(first.flight, EVENING - timedelta(hours=10))
    why = other_departure(second, known(first), zones=ZONES)
    assert why
    assert why.startswith("another flight under the same key: ")
    assert why.endswith("B6.83D.JFK.2013-02-08")


def test_a_known_flight_may_be_rescheduled_past_midnight() -> None:
    """Its key stays; a delay of any length is an estimate and moves no schedule."""
    first = status("B6.83.JFK.2013-02-08", EVENING)
    later = replace(first, scheduled_departure=EVENING + RESCHEDULED, estimated_departure=EVENING + timedelta(days=2))
    assert other_departure(later, known(first), zones=ZONES) is None


FIRST = known(status("B6.65.JFK.2013-02-08", EVENING))
"""It is scheduled to arrive at 23:00 in Atlanta, where its next leg leaves at midnight."""


def leg(flight: FlightKey, *, after: float = 1, **fields: Any) -> Flight:
    """A leg that is scheduled to leave so many hours after the first one is to arrive."""
    departs = FIRST.scheduled_arrival + timedelta(hours=after)
    return replace(known(status(flight, departs)), **fields)


@pytest.mark.parametrize(
    ("then", "after", "does"),
    [
        ("B6.65.ATL.2013-02-08", 0.4, True),
        ("B6.65.ATL.2013-02-09", 1, True),  # past midnight
        ("B6.65.ATL.2013-02-09", 6, True),
        ("B6.65.ATL.2013-02-09", 6.1, False),
        ("B6.65.ATL.2013-02-09", 24.4, False),  # the same leg of the next day
        ("B6.65.ATL.2013-02-08", -23, False),  # and of the day before, past midnight
        ("B6.65.ATL.2013-02-08", -3, True),  # the first leg's schedule was moved
        ("B6.65.JFK.2013-02-08", 1, False),
        ("B6.65D.ATL.2013-02-08", 1, False),
        ("B6.66.ATL.2013-02-08", 1, False),
        ("AA.65.ATL.2013-02-08", 1, False),
    ],
)
def test_a_flight_goes_on_under_its_number_from_another_airport(then: FlightKey, after: float, does: bool) -> None:
    """When its schedule has it there, whatever the dates in the keys."""
    assert goes_on(FIRST, leg(then, after=after)) == does


@pytest.mark.parametrize(
    ("tail", "other", "same"),
    [
        ("N503JB", "N503JB", True),
        ("G-ABCD", "GABCD", True),
        ("N503JB", None, True),
        (None, None, True),
        ("N503JB", "N504JB", False),
    ],
)
def test_two_registrations_that_are_known_and_differ_are_two_aircraft(
    tail: str | None, other: str | None, same: bool
) -> None:
    """A hyphen is no difference, and one that is not known may be any. The same in either order."""
    assert (same_aircraft(tail, other), same_aircraft(other, tail)) == (same, same)


@pytest.mark.parametrize(
    ("flight", "tail", "stays"),
    [
        ("B6.65.ATL.2013-02-09", "N1", True),
        ("B6.65.ATL.2013-02-09", "N2", False),
        ("B6.66.ATL.2013-02-09", "N1", False),
    ],
)
def test_passengers_stay_aboard_where_one_aircraft_goes_on_under_one_number(
    flight: FlightKey, tail: str, stays: bool
) -> None:
    """The same aircraft under another number is another flight: its passengers get off."""
    first, then = replace(FIRST, tail="N1"), leg(flight, tail=tail)
    assert stays_aboard(first, then, arrives=first.arrives, departs=then.departs) == stays


@pytest.mark.parametrize("tail", ["N1", None])
def test_an_aircraft_that_is_late_is_waited_for_until_its_next_leg_has_left(tail: str | None) -> None:
    """A departure before it is in has not been put off yet."""
    first = replace(FIRST, tail=tail, phase="departed")
    then = leg("B6.65.ATL.2013-02-09", tail=tail)
    assert stays_aboard(first, then, arrives=then.departs + timedelta(hours=2), departs=then.departs)


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("later", [0 * MINUTE, MINUTE, LANDS_EARLY, LANDS_EARLY + MINUTE], ids=str)
@pytest.mark.parametrize(
    ("phase", "tails", "is_one_up_to"),
    [
        ("departed", (None, None), LANDS_EARLY),  # its landing may be reported late
        ("departed", ("N1", None), LANDS_EARLY),
        ("departed", ("N1", "N1"), timedelta.max),  # it surely is
        ("arrived", (None, None), 0 * MINUTE),
        ("arrived", ("N1", "N1"), 0 * MINUTE),
        ("scheduled", ("N1", "N1"), 0 * MINUTE),
    ],
)
def test_a_leg_that_has_left_before_the_one_before_it_arrives_is_flown_by_another_aircraft(
    phase: Phase, tails: tuple[str | None, str | None], is_one_up_to: timedelta, later: timedelta
) -> None:
    """No aircraft leaves before it has come. At the minute of its arrival it can; and one in the air may be in before it is
    expected."""
    first = replace(FIRST, phase=phase, tail=tails[0])
    then = leg("B6.65.ATL.2013-02-09", phase="departed", tail=tails[1])
    stays = stays_aboard(first, then, arrives=then.departs + later, departs=then.departs)
    assert stays == (later <= is_one_up_to)


def test_other_departures_of_a_number_have_a_suffix_or_another_date() -> None:
    """The date is the flight's own, or that of its origin at the time; where the time zone is not known, one beside it."""
    keys = of_its_number("B6.83.JFK.2013-02-08", datetime(2013, 2, 9, 6, 0, tzinfo=UTC), zones=ZONES)
    assert {"B6.83D.JFK.2013-02-08", "B6.83.JFK.2013-02-09", "B6.83Z.JFK.2013-02-09"} <= keys
    assert "B6.83.JFK.2013-02-08" not in keys
    assert len(keys) == 2 * 27 - 1
    assert "B6.83.XYZ.2013-02-10" in of_its_number("B6.83D.XYZ.2013-02-08", EVENING.replace(day=9), zones=ZONES)


@pytest.mark.parametrize(
    ("departs", "found"),
    [(0, None), (60, None), (164, None), (166, "B6.83D"), (180, "B6.83D"), (190, "B6.83D"), (196, None)],
)
def test_a_time_is_of_the_departure_that_it_is_nearest_to(departs: int, found: str | None) -> None:
    """Within a quarter of an hour, and no nearer to the flight's own."""
    first, second = EVENING, EVENING + timedelta(hours=3)
    assert leaves_then(first + timedelta(minutes=departs), [first], {"B6.83D": [second]}) == found


def test_a_time_that_the_flight_has_itself_is_its_own() -> None:
    """Two departures may be announced for one time when one of them is late."""
    assert leaves_then(EVENING, [EVENING - timedelta(hours=3), EVENING], {"B6.83D": [EVENING]}) is None

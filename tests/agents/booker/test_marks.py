"""Which trips are marked for a person to look at."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from agents.booker.domain import SaleRules
from agents.booker.domain.marks import marks_of
from bus.airports import countries, zones
from contracts.flights import Stop
from contracts.ledger import (
    BookingChanged,
    BookingKept,
    BookingStranded,
    Leg,
    Mark,
    Party,
    Schedule,
    SeatLedger,
    Ticket,
)
from contracts.names import Airport, FlightKey

NOON = datetime(2013, 2, 8, 17, 0, tzinfo=UTC)
"""In New York."""
RULES = SaleRules(countries=countries(), zones=zones())


def leg(number: int, origin: Airport, to: Airport, *, leaves: float, takes: float = 3) -> Leg:
    departs = NOON + timedelta(hours=leaves)
    return Leg(
        flight=f"B6.{number}.{origin}.2013-02-08",
        destination=to,
        cabin="economy",
        departs=departs,
        arrives=departs + timedelta(hours=takes),
    )


SOLD = (leg(1, "JFK", "ORD", leaves=1), leg(2, "ORD", "SFO", leaves=6))
TICKET = Ticket(
    origin="JFK", destination="SFO", departs=SOLD[0].departs, arrives=SOLD[1].arrives,
    flights=tuple(each.flight for each in SOLD),
)  # fmt: skip
PARTY = Party(passengers=1, seats=1, cabin="economy")
FACT = BookingChanged(
    pnr="A", id="a", reason="cancelled", before=SOLD, after=(), language="en", contact="", decided_at=NOON
)  # fmt: skip


def ledgers(*legs: Leg, diverted: Airport | None = None) -> dict[FlightKey, SeatLedger]:
    """The flights of these legs; the first one was `diverted`."""
    flights = {
        each.flight: SeatLedger(
            flight=each.flight, destination=each.destination, phase="scheduled", departs=each.departs,
            arrives=each.arrives, capacity={}, last_change=1,
        )
        for each in legs
    }  # fmt: skip
    if diverted:
        flights[legs[0].flight] = structs.replace(flights[legs[0].flight], phase="landed", diverted_to=diverted)
    return flights


def marks(*after: Leg, diverted: Airport | None = None) -> tuple[Mark, ...]:
    fact = structs.replace(FACT, after=after)
    return marks_of(fact, PARTY, TICKET, ledgers(*after, diverted=diverted), rules=RULES)


@pytest.mark.parametrize(
    ("trip", "expected"),
    [
        pytest.param(SOLD, (), id="as-sold"),
        pytest.param((leg(3, "JFK", "SFO", leaves=30),), (), id="a-night-at-home"),
        pytest.param((leg(3, "JFK", "DEN", leaves=2), leg(4, "DEN", "SFO", leaves=7)), (), id="by-another-city"),
        pytest.param((leg(3, "JFK", "ORD", leaves=8), leg(4, "ORD", "SFO", leaves=22)), ("night",), id="a-night"),
        pytest.param((leg(3, "JFK", "ORD", leaves=6), leg(4, "ORD", "SFO", leaves=15)), (), id="up-to-two-o-clock"),
        pytest.param((leg(3, "JFK", "YYZ", leaves=2), leg(4, "YYZ", "SFO", leaves=7)), ("country",), id="a-country"),
        pytest.param((leg(3, "LGA", "SFO", leaves=6),), ("airport",), id="leaves-from-another-airport"),
        pytest.param((leg(3, "JFK", "OAK", leaves=6),), ("airport",), id="lands-at-another-airport"),
        pytest.param(
            (leg(3, "JFK", "ORD", leaves=2), leg(4, "MDW", "SFO", leaves=9)), ("airport",), id="changes-airports"
        ),
        pytest.param(
            (leg(3, "LGA", "YUL", leaves=6), leg(4, "YUL", "SFO", leaves=24)), ("country", "night", "airport"), id="all"
        ),
    ],
)
def test_a_trip_is_marked_by_what_it_has_that_was_not_sold(trip: tuple[Leg, ...], expected: tuple[Mark, ...]) -> None:
    """A wait is a night if it includes three in the morning there."""
    assert marks(*trip) == expected


def known(*legs: Leg) -> dict[FlightKey, SeatLedger]:
    """The flights that were sold, as scheduled then, at the times of these legs."""
    scheduled = {each.flight: Schedule(each.departs, each.arrives) for each in SOLD}
    return {
        flight: structs.replace(ledger, schedule=scheduled.get(flight)) for flight, ledger in ledgers(*legs).items()
    }


def kept(*after: Leg) -> tuple[Mark, ...]:
    fact = BookingKept(
        pnr="A", id="a", reason="retimed", before=SOLD, after=after, language="en", contact="", decided_at=NOON
    )  # fmt: skip
    return marks_of(fact, PARTY, TICKET, known(*after), rules=RULES)


def moved(leg: Leg, minutes: float) -> Leg:
    by = timedelta(minutes=minutes)
    return structs.replace(leg, departs=leg.departs + by, arrives=leg.arrives + by)


@pytest.mark.parametrize(
    ("trip", "expected"),
    [
        pytest.param((SOLD[0], moved(SOLD[1], 13 * 60)), ("night",), id="a night between flights sold for one day"),
        pytest.param((moved(SOLD[0], -120), SOLD[1]), (), id="as early as is allowed"),
        pytest.param((moved(SOLD[0], -121), SOLD[1]), ("early",), id="earlier"),
        pytest.param((SOLD[0], moved(SOLD[1], -90)), (), id="30 minutes to change planes"),
        pytest.param((SOLD[0], moved(SOLD[1], -91)), ("tight",), id="29 minutes"),
    ],
)
def test_a_trip_that_stays_is_marked_by_what_its_times_make_of_it(
    trip: tuple[Leg, ...], expected: tuple[Mark, ...]
) -> None:
    """Against what was sold, a wait of two hours."""
    assert kept(*trip) == expected


def test_a_wait_that_was_sold_short_is_not_tight() -> None:
    short = (SOLD[0], moved(SOLD[1], -100))
    fact = BookingKept(
        pnr="A", id="a", reason="retimed", before=short, after=short, language="en", contact="", decided_at=NOON
    )  # fmt: skip
    assert marks_of(fact, PARTY, TICKET, ledgers(*short), rules=RULES) == ()


def test_the_wait_of_a_party_that_got_off_at_a_stop_is_not_tight() -> None:
    """However late its flight lands where it has gone on to."""
    trip = (SOLD[0], leg(4, "DTW", "SFO", leaves=4.5))
    fact = BookingKept(
        pnr="A", id="a", reason="diverted", before=trip, after=trip, language="en", contact="", decided_at=NOON
    )  # fmt: skip
    first, onward = ledgers(*trip).values()
    for minutes, expected in ((60, ()), (10, ("tight",))):
        stop = Stop(airport="DTW", arrived_at=onward.departs - timedelta(minutes=minutes))
        flights = {first.flight: structs.replace(first, stops=(stop,), phase="departed"), onward.flight: onward}
        assert marks_of(fact, PARTY, TICKET, flights, rules=RULES) == expected


def test_a_way_on_from_a_diversion_is_no_change_of_airports() -> None:
    """The party stands where its flight landed. Another country is one all the same."""
    trip = (SOLD[0], leg(4, "DTW", "SFO", leaves=9))
    assert marks(*trip, diverted="DTW") == ()
    assert marks(*trip) == ("airport",)
    abroad = (SOLD[0], leg(4, "YYZ", "SFO", leaves=9))
    assert marks(*abroad, diverted="YYZ") == ("country",)


HOME = (leg(1, "ORD", "JFK", leaves=1), leg(2, "JFK", "BOS", leaves=6))


@pytest.mark.parametrize(
    ("trip", "diverted", "expected"),
    [
        pytest.param(HOME, "LGA", ("airport",), id="its flight lands at another airport of the city"),
        pytest.param((HOME[0], leg(4, "LGA", "BOS", leaves=9)), "LGA", (), id="it goes on from where it lands"),
        pytest.param((HOME[0], leg(4, "LGA", "BOS", leaves=9)), None, ("airport",), id="it goes on from elsewhere"),
        pytest.param(HOME, "PHL", (), id="its flight may fly on"),
    ],
)
def test_a_way_between_two_airports_that_was_not_sold_is_marked(
    trip: tuple[Leg, ...], diverted: Airport | None, expected: tuple[Mark, ...]
) -> None:
    """Be it that the flights are those that were sold."""
    assert through_new_york(HOME, trip, diverted) == expected


@pytest.mark.parametrize(
    ("second", "diverted", "expected"),
    [
        pytest.param(leg(2, "EWR", "BOS", leaves=8), None, (), id="as sold"),
        pytest.param(leg(4, "EWR", "BOS", leaves=9), None, (), id="another flight from there"),
        pytest.param(leg(4, "JFK", "BOS", leaves=9), None, (), id="from where it lands"),
        pytest.param(leg(4, "LGA", "BOS", leaves=9), None, ("airport",), id="from a third airport"),
        pytest.param(leg(2, "EWR", "BOS", leaves=8), "LGA", ("airport",), id="it lands at a third airport"),
    ],
)
def test_a_way_between_two_airports_that_was_sold_is_not_marked(
    second: Leg, diverted: Airport | None, expected: tuple[Mark, ...]
) -> None:
    sold = (HOME[0], leg(2, "EWR", "BOS", leaves=8))
    assert through_new_york(sold, (HOME[0], second), diverted) == expected


def through_new_york(sold: tuple[Leg, ...], after: tuple[Leg, ...], diverted: Airport | None) -> tuple[Mark, ...]:
    ticket = structs.replace(TICKET, origin="ORD", destination="BOS", flights=tuple(each.flight for each in sold))
    fact = structs.replace(FACT, before=sold, after=after)
    return marks_of(fact, PARTY, ticket, ledgers(*after, diverted=diverted), rules=RULES)


def test_a_trip_that_is_kept_has_its_marks_again() -> None:
    """The last fact about a journey has all that are true of it."""
    kept = BookingKept(
        pnr="A", id="a", reason="retimed", before=SOLD, after=(leg(3, "LGA", "SFO", leaves=6),), language="en",
        contact="", decided_at=NOON,
    )  # fmt: skip
    assert marks_of(kept, PARTY, TICKET, ledgers(*kept.after), rules=RULES) == ("airport",)


@pytest.mark.parametrize(("flown", "expected"), [(0, ()), (1, ("onward",))], ids=["at home", "on the way"])
def test_a_party_without_seats_for_the_rest_of_its_way_is_marked(flown: int, expected: tuple[Mark, ...]) -> None:
    """At home it has not begun."""
    stranded = BookingStranded(
        pnr="A", id="a", reason="cancelled", before=SOLD, flown=SOLD[:flown], origin="ORD" if flown else "JFK",
        destination="SFO", language="en", contact="", decided_at=NOON,
    )  # fmt: skip
    assert marks_of(stranded, PARTY, TICKET, ledgers(*SOLD), rules=RULES) == expected


def test_a_journey_that_an_earlier_one_has_overtaken_is_marked() -> None:
    """The party may not want it any more."""
    fact = structs.replace(FACT, after=SOLD, reason="unreachable")
    assert marks_of(fact, PARTY, TICKET, ledgers(*SOLD), rules=RULES) == ("overtaken",)


def test_a_need_that_no_rule_knows_is_marked() -> None:
    """No rule binds it, so a person has to."""
    fact, needs = structs.replace(FACT, after=SOLD), structs.replace(PARTY, ssrs=("WCHR", "ESAN"))
    assert marks_of(fact, needs, TICKET, ledgers(*SOLD), rules=RULES) == ("ssr",)


def test_which_hour_makes_a_night_is_a_rule() -> None:
    """A wait up to two in the morning is one where that is one o'clock."""
    after = (leg(3, "JFK", "ORD", leaves=6), leg(4, "ORD", "SFO", leaves=15))
    fact = structs.replace(FACT, after=after)
    rules = structs.replace(RULES, small_hours=1)
    assert marks_of(fact, PARTY, TICKET, ledgers(*after), rules=rules) == ("night",)

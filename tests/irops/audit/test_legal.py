"""Which seats the audit accepts as legal, on small networks."""

from dataclasses import replace as but
from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from contracts.flights import Flight, Phase
from contracts.ledger import BookingStranded, Holding, SeatLedger, WaitlistEntry
from contracts.names import Airport
from contracts.passengers import Ssr
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import DEAD, HORIZON, NOW, booking, flight, hours, key, leg, with_booking

Flown = tuple[Flight, SeatLedger]


def beside(*flights: Flown, seats: int = 2, ssrs: tuple[Ssr, ...] = ()) -> int:
    """Whether one party, stranded by a cancelled JFK-SFO, is found beside a legal seat on one of these flights."""
    return audit(world(*flights, seats=seats, ssrs=ssrs)).figures["stranded_beside_a_legal_seat"]


def world(*flights: Flown, seats: int = 2, ssrs: tuple[Ssr, ...] = ()) -> Streams:
    dead = flight(DEAD, departs=hours(1), phase="cancelled")
    stranded = booking("S", dead[1], state="stranded", seats=seats, ssrs=ssrs)
    return Streams(
        flights={state.flight: state for state, _ in (dead, *flights)},
        seats={ledger.flight: ledger for _, ledger in (dead, *flights)},
        bookings={"S": stranded},
        now=NOW,
        horizon=HORIZON,
    )


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("found", "candidate"),
    [
        pytest.param(1, flight(key(2)), id="another flight"),
        pytest.param(1, flight(key(2, "LGA"), departs=minutes(180)), id="from another airport of the city"),
        pytest.param(0, flight(key(2, "LGA"), departs=minutes(179)), id="from another airport of the city, too soon"),
        pytest.param(0, flight(key(2, "PHL")), id="from another city"),
        pytest.param(0, flight(key(2), "OAK"), id="to another city"),
        pytest.param(1, flight(key(2), departs=minutes(45)), id="just in time"),
        pytest.param(0, flight(key(2), departs=minutes(44)), id="too soon"),
        pytest.param(1, flight(key(2), departs=hours(72)), id="at the horizon"),
        pytest.param(0, flight(key(2), departs=hours(73)), id="beyond the horizon"),
        pytest.param(0, flight(key(2), phase="cancelled"), id="cancelled"),
        pytest.param(0, flight(key(2), phase="departed"), id="gone"),
        pytest.param(0, flight(key(2), economy=1), id="too few seats"),
        pytest.param(0, flight(key(2), economy=1, first=1), id="seats only in two cabins together"),
        pytest.param(1, flight(key(2), economy=0, first=2), id="seats in the other cabin"),
    ],
)
def test_a_non_stop_flight_is_legal_or_not(found: int, candidate: Flown) -> None:
    """City pair, lead, horizon, phase and seats decide whether a flight would have done."""
    assert beside(candidate) == found


@pytest.mark.parametrize(
    ("found", "candidate"),
    [
        pytest.param(1, flight(key(2)), id="non-stop"),
        pytest.param(0, flight(key(2, "LGA")), id="from another airport"),
    ],
)
def test_an_unaccompanied_minor_flies_from_the_ticketed_airport_only(found: int, candidate: Flown) -> None:
    """A co-terminal airport is no legal start."""
    assert beside(candidate, seats=1, ssrs=("UMNR",)) == found


def test_an_unaccompanied_minor_flies_to_the_ticketed_airport_only() -> None:
    """The minor is met there: a co-terminal airport is no legal end."""
    ticket = flight(key(1, "BOS"), "JFK", departs=hours(1), phase="cancelled")
    minor = booking("S", ticket[1], state="stranded", seats=1, ssrs=("UMNR",))
    near, there = flight(key(2, "BOS"), "LGA"), flight(key(3, "BOS"), "JFK")
    found = [audit(with_booking(world(ticket, candidate), minor)) for candidate in (near, there)]
    assert [judged.figures["stranded_beside_a_legal_seat"] for judged in found] == [0, 1]


def test_an_unaccompanied_minor_does_not_connect() -> None:
    """A connection is no legal trip for one."""
    via = flight(key(2), "ORD", block=hours(2)), flight(key(3, "ORD"), departs=hours(5))
    assert (beside(*via, seats=1), beside(*via, seats=1, ssrs=("UMNR",))) == (1, 0)


@pytest.mark.parametrize(
    ("ssrs", "sold", "stay", "found"),
    [
        pytest.param(("UMNR",), 2, 0, 0, id="a minor, for longer than the rules allow"),
        pytest.param(("UMNR",), 2, 8, 1, id="a minor"),
        pytest.param(("UMNR",), 1, 8, 0, id="a minor that was sold no connection"),
        pytest.param((), 2, 8, 1, id="others"),
        pytest.param((), 2, 7, 0, id="others, for longer than they were sold"),
    ],
)
def test_what_was_sold_is_legal(ssrs: tuple[Ssr, ...], sold: int, stay: int, found: int) -> None:
    """A connection, and a stay of eight hours in it."""
    via = flight(key(2), "ORD", block=hours(2)), flight(key(3, "ORD"), departs=hours(12))
    before = world(*via, seats=1, ssrs=ssrs)
    (journey,) = before.bookings["S"].journeys
    ticket = replace(journey.ticket, flights=(DEAD, key(4, "ORD"))[:sold])
    changed = replace(journey, ticket=ticket, longest_stay=hours(stay))
    after = but(before, bookings={"S": before.bookings["S"].replacing(changed)})
    assert audit(after).figures["stranded_beside_a_legal_seat"] == found


@pytest.mark.parametrize(
    ("found", "wait"),
    [(0, minutes(44)), (1, minutes(45)), (1, hours(6)), (0, hours(6) + minutes(1))],
    ids=["too short", "just enough", "as long as may be", "too long"],
)
def test_a_connection_takes_its_time(found: int, wait: timedelta) -> None:
    """Two flights connect with at least 45 minutes and at most 6 hours between them."""
    first = flight(key(2), "ORD", departs=hours(2), block=hours(2))
    assert beside(first, flight(key(3, "ORD"), departs=hours(4) + wait)) == found


@pytest.mark.parametrize(("found", "wait"), [(0, minutes(179)), (1, minutes(180))], ids=["too short", "just enough"])
def test_changing_airports_takes_three_hours(found: int, wait: timedelta) -> None:
    """A connection between two airports of one city has at least 180 minutes."""
    dead = flight("B6.1.BOS.2013-02-08", departs=hours(1), phase="cancelled")
    first = flight(key(2, "BOS"), "LGA", departs=hours(2), block=hours(1))
    streams = world(dead, first, flight(key(3, "JFK"), departs=hours(3) + wait))
    judged = audit(with_booking(streams, booking("S", dead[1], state="stranded")))
    assert judged.figures["stranded_beside_a_legal_seat"] == found


def test_an_earlier_arrival_that_waits_too_long_does_not_hide_a_later_one() -> None:
    """Every arrival at the connecting airport is considered, not only the first."""
    early = flight(key(2), "ORD", departs=hours(2), block=hours(2))
    later = flight(key(4), "ORD", departs=hours(10), block=hours(2))
    assert beside(early, later, flight(key(3, "ORD"), departs=hours(14))) == 1


@pytest.mark.parametrize(("found", "stops"), [(1, 2), (0, 3)], ids=["two", "three"])
def test_two_connections_are_legal_and_three_are_not(found: int, stops: int) -> None:
    """The search goes as far as the rules do."""
    route = ["JFK", "ORD", "DEN", "SLC", "SFO"]
    at = [*route[: stops + 1], "SFO"]
    chain = [
        flight(key(10 + i, origin), to, departs=hours(2 + 3 * i), block=hours(2))
        for i, (origin, to) in enumerate(pairwise(at))
    ]
    assert beside(*chain) == found


@pytest.mark.parametrize("waits_at", ["JFK", "LGA"])
def test_no_trip_departs_long_before_the_ticket(waits_at: str) -> None:
    """A party with a ticket for tomorrow need not be there today, from whichever airport of the city it was to leave last."""
    ticket = flight(key(5), departs=hours(30), phase="cancelled")
    streams = with_booking(world(ticket, flight(key(2), departs=hours(27))), booking("S", ticket[1], state="stranded"))
    fact = BookingStranded(
        pnr="S", id="p", reason="cancelled", before=(), origin=waits_at, destination="SFO", language="en", contact="",
        decided_at=NOW,
    )  # fmt: skip
    judged = audit(but(streams, facts=((1, fact),)))
    assert judged.figures["stranded_beside_a_legal_seat"] == 0


def test_seats_held_by_bookings_are_not_free() -> None:
    """Free seats are counted from the bookings."""
    state, ledger = flight(key(2), economy=3)
    streams = world((state, replace(ledger, holders={"H": Holding("economy", 2)})))
    held = with_booking(streams, booking("H", ledger, leg(ledger)))
    assert audit(held).figures["stranded_beside_a_legal_seat"] == 0


def test_a_party_is_searched_for_from_where_it_was_stranded() -> None:
    """A party that had set out is where the fact says, not where its ticket begins."""
    fact = BookingStranded(
        pnr="S", id="p", reason="cancelled", before=(), origin="ORD", destination="SFO", language="en", contact="",
        decided_at=NOW,
    )  # fmt: skip
    streams = world(flight(key(2, "ORD")))
    assert audit(streams).figures["stranded_beside_a_legal_seat"] == 0
    assert audit(but(streams, facts=((1, fact),))).figures["stranded_beside_a_legal_seat"] == 1


@pytest.mark.parametrize(
    ("found", "departs"),
    [(0, hours(4) + minutes(44)), (1, hours(4) + minutes(45)), (1, hours(40))],
    ids=["too soon", "just enough", "days after"],
)
def test_a_party_stranded_in_the_air_can_continue_once_it_has_landed(found: int, departs: timedelta) -> None:
    """With time to connect, and however long it has to wait."""
    assert audit(aloft(flight(key(2, "ORD"), departs=departs))).figures["stranded_beside_a_legal_seat"] == found


def test_a_party_stranded_in_the_air_is_searched_for_from_where_it_lands() -> None:
    """Chicago is closed, and it lands in Milwaukee."""
    diverted = aloft(flight(key(2, "MKE"), departs=hours(8)), lands="MKE")
    assert audit(diverted).figures["stranded_beside_a_legal_seat"] == 1
    assert (
        audit(aloft(flight(key(2, "ORD"), departs=hours(8)), lands="MKE")).figures["stranded_beside_a_legal_seat"] == 0
    )


def test_the_latest_of_several_known_arrivals_counts() -> None:
    """It lands before its announced time, which no party that this would help could know."""
    early = aloft(flight(key(2, "ORD"), departs=hours(4)))
    flown = early.seats[key(5)]
    early = but(early, seats={**early.seats, flown.flight: replace(flown, arrives=NOW + hours(3), phase="arrived")})
    assert audit(early).figures["stranded_beside_a_legal_seat"] == 0


def aloft(onward: Flown, *, lands: Airport | None = None) -> Streams:
    """The party was stranded on a flight from JFK to Chicago, which gets there, or elsewhere, in four hours."""
    state, ledger = flight(key(5), "ORD", departs=-hours(1), block=hours(5), phase="departed")
    state, ledger = replace(state, diverted_to=lands), replace(ledger, diverted_to=lands)
    waits = WaitlistEntry(pnr="S", origin="ORD", destination="SFO", seats=2, flown=(leg(ledger),))
    return but(world((state, ledger), onward), waiting={("S", 1): waits})


def test_a_party_whose_stranding_has_expired_is_searched_for_from_where_it_waits() -> None:
    """The fact has expired, the waitlist entry has not."""
    waits = WaitlistEntry(pnr="S", origin="ORD", destination="SFO", seats=2)
    streams = but(world(flight(key(2, "ORD"))), waiting={("S", 1): waits}, expired={"S"})
    assert audit(streams).figures["stranded_beside_a_legal_seat"] == 1


@pytest.mark.parametrize(
    ("silent", "phase", "found"),
    [(0.9, "scheduled", 0), (1.1, "scheduled", 1), (0.9, "cancelled", 1), (1.1, "departed", 0)],
    ids=["presumed under way", "silent for too long", "cancelled", "left"],
)
def test_a_party_stranded_after_a_flight_that_has_not_left_is_searched_for_from_home(
    silent: float, phase: Phase, found: int
) -> None:
    """Presumed under way for an hour, as no word of it came; there is a seat from home."""
    state, ledger = flight(key(5), "ORD", departs=-hours(silent), block=hours(5), phase=phase)
    waits = WaitlistEntry(pnr="S", origin="ORD", destination="SFO", seats=2, flown=(leg(ledger),))
    streams = but(world((state, ledger), flight(key(6))), waiting={("S", 1): waits})
    assert audit(streams).figures["stranded_beside_a_legal_seat"] == found


def test_a_journey_behind_a_stranded_one_waits_for_that() -> None:
    """A seat for it alone is none."""
    streams = world(flight(key(2, "SFO"), "JFK", departs=hours(40)))
    way_back = replace(streams.bookings["S"].journeys[0], number=2)
    way_back = replace(way_back, ticket=replace(way_back.ticket, origin="SFO", destination="JFK"))
    both = replace(streams.bookings["S"], journeys=(*streams.bookings["S"].journeys, way_back))
    assert audit(with_booking(streams, both)).figures["stranded_beside_a_legal_seat"] == 0


@pytest.mark.parametrize(("found", "minute"), [(1, 0), (0, 1)], ids=["just", "too late"])
def test_no_trip_departs_more_than_a_fortnight_after_the_ticket(found: int, minute: int) -> None:
    """A party that still waits then is no fault."""
    streams = world(flight(key(2), departs=hours(1) + timedelta(days=14, minutes=minute)))
    assert audit(but(streams, horizon=NOW + timedelta(days=30))).figures["stranded_beside_a_legal_seat"] == found


def test_the_less_favourable_of_two_times_counts() -> None:
    """A small move that was not announced makes no seat legal."""
    state, ledger = flight(key(2), departs=minutes(60))
    assert beside((replace(state, departs=NOW + minutes(40)), ledger)) == 0
    assert beside((state, replace(ledger, departs=NOW + minutes(40)))) == 0

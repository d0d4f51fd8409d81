"""Which trips the audit accepts as possible, and which times as those in the booking."""

from collections.abc import Callable
from dataclasses import replace as but
from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.flights import Flight, FlightChanged, Stop
from contracts.ledger import BookingChanged, BookingKept, BookingStranded, Following, Holding, Leg, SeatLedger
from contracts.passengers import Ssr
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import LATE, NOW, booking, flight, hours, key, leg, sound, with_booking, with_flight
from tests.single_journey import altered

WORLD = sound()
R = WORLD.bookings["R"]
"""Rebooked, when it was noon, from JFK-SFO at 13:00 to B6.2, JFK to SFO at 14:00."""
FACT = WORLD.facts[0][1]
Flown = tuple[Flight, SeatLedger]


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def moved(*flights: Flown, ssrs: tuple[Ssr, ...] = (), before: tuple[Leg, ...] | None = None) -> Streams:
    """The world in which R is rebooked to these flights instead of B6.2, in seats and booking and fact alike. They have no
    seats for S."""
    assert isinstance(FACT, BookingChanged)
    legs = tuple(leg(ledger) for _, ledger in flights)
    held = {
        ledger.flight: replace(ledger, holders={"R": Holding("economy", 2)}, capacity={"economy": 6})
        for _, ledger in flights
    }
    late = replace(WORLD.seats[LATE], capacity={"economy": 4}, holders={"K": Holding("economy", 2)})
    fact = replace(FACT, after=legs, before=FACT.before if before is None else before)
    return but(
        WORLD,
        flights={**WORLD.flights, **{state.flight: state for state, _ in flights}},
        seats={**WORLD.seats, LATE: late, **held},
        bookings={**WORLD.bookings, "R": replace(altered(R, legs=legs), party=replace(R.party, ssrs=ssrs))},
        facts=((11, fact), *WORLD.facts[1:]),
    )


def faults(streams: Streams) -> list[str]:
    """The findings about illegal trips."""
    judged = audit(streams)
    found = judged.findings.get("illegal_trips", ())
    assert judged.figures["illegal_trips"] == len(found)
    return list(found)


TO_ORD = flight(key(8), "ORD", departs=hours(2), block=hours(2))


def onward(wait: timedelta, origin: str = "ORD") -> Flown:
    return flight(key(9, origin), departs=hours(4) + wait, block=hours(4))


SOUND = [
    pytest.param(moved(flight(key(9))), id="non-stop"),
    pytest.param(moved(flight(key(9, "LGA"), departs=hours(3))), id="from another airport of the city"),
    pytest.param(moved(flight(key(9), departs=minutes(30))), id="just in time"),
    pytest.param(moved(TO_ORD, onward(minutes(30))), id="just enough to change planes"),
    pytest.param(moved(flight(key(9)), ssrs=("UMNR",)), id="a minor non-stop"),
]
UNSOUND = [
    pytest.param(moved(flight(key(9), "MIA")), "R lands in MIA, and its ticket ends in SFO", id="wrong end"),
    pytest.param(
        moved(flight(key(9, "ORD"))), f"R leaves from ORD with {key(9, 'ORD')}, and is in JFK", id="wrong start"
    ),
    pytest.param(
        moved(TO_ORD, onward(hours(1), "DEN")),
        f"R leaves from DEN with {key(9, 'DEN')}, and is in ORD",
        id="wrong way",
    ),
    pytest.param(
        moved(flight(key(9), departs=-hours(3), phase="departed")),
        f"R was moved at 12:00 to {key(9)}, which leaves at 09:00",
        id="gone",
    ),
    pytest.param(
        moved(flight(key(9), departs=minutes(29))),
        f"R was moved at 12:00 to {key(9)}, which leaves at 12:29",
        id="too soon",
    ),
    pytest.param(
        moved(TO_ORD, onward(minutes(0))),
        f"R was given 0 min between {key(8)} and {key(9, 'ORD')}",
        id="no time to change planes",
    ),
    pytest.param(
        moved(TO_ORD, onward(minutes(60)), ssrs=("UMNR",)),
        "R is an unaccompanied minor, and was given a connection",
        id="a minor who connects",
    ),
    pytest.param(
        moved(flight(key(9), "OAK"), ssrs=("UMNR",)), "R lands in OAK, and its ticket ends in SFO", id="not met"
    ),
]


@pytest.mark.parametrize("streams", SOUND)
def test_a_trip_that_can_be_flown_is_no_fault(streams: Streams) -> None:
    """It leads from where the party was to where its ticket ends, and there is time for it."""
    assert faults(streams) == []


@pytest.mark.parametrize(("streams", "finding"), UNSOUND)
def test_an_impossible_trip_is_found(streams: Streams, finding: str) -> None:
    """Seats, ledger, fact and notice agree on it."""
    assert faults(streams) == [finding]


def sold_as_one(second: Flown, *after: Flown) -> Streams:
    """The world in which R had TO_ORD and the second flight, sold as one, and has these now."""
    had = (leg(TO_ORD[1]), replace(leg(second[1]), married=True))
    world = moved(*after, before=had)
    state, ledger = second
    gone = FlightChanged(flight=state.flight, n=2, change="cancelled", state=replace(state, last_change=2))
    return but(
        world,
        flights={state.flight: state, **world.flights},
        seats={state.flight: ledger, **world.seats},
        changes=[*world.changes, *([(9, gone)] if state.phase == "cancelled" else [])],
        whole=True,
    )


def test_one_of_two_flights_sold_as_one_is_kept_alone_where_the_other_is_lost() -> None:
    """It cannot be where both fly."""
    second, other = flight(key(7, "ORD"), departs=hours(5), block=hours(4)), onward(hours(1.5))
    assert faults(sold_as_one(second, TO_ORD, other)) == [
        f"R has one flight only of {key(8)} and {key(7, 'ORD')}, which were sold as one"
    ]
    lost = flight(key(7, "ORD"), departs=hours(5), block=hours(4), phase="cancelled")
    assert faults(sold_as_one(lost, TO_ORD, other)) == []


def test_a_flight_that_replaces_one_is_sold_as_one_with_no_other() -> None:
    lost, other = flight(key(7, "ORD"), departs=hours(5), block=hours(4), phase="cancelled"), onward(hours(1.5))
    world = sold_as_one(lost, TO_ORD, other)
    fact = world.facts[0][1]
    assert isinstance(fact, BookingChanged)
    bound = replace(fact, after=(fact.after[0], replace(fact.after[1], married=True)))
    assert faults(but(world, facts=((11, bound), *world.facts[1:]))) == [
        f"R has {key(8)} and {key(9, 'ORD')}, which are sold as one since then"
    ]


def test_changing_airports_takes_three_hours() -> None:
    """A party that lands at Newark is not at Kennedy half an hour later."""
    dead = flight(key(1, "BOS"), departs=hours(1), phase="cancelled", last_disruption=1)
    first = flight(key(8, "BOS"), "EWR", departs=hours(2), block=hours(2))
    for wait, found in ((minutes(179), 1), (minutes(180), 0)):
        world = moved(first, onward(wait, "JFK"), before=(leg(dead[1]),))
        boston = altered(world.bookings["R"], ticket=booking("R", dead[1]).journeys[0].ticket)
        assert len(faults(but(world, bookings={**world.bookings, "R": boston}))) == found


def test_a_connection_that_shrank_after_it_was_decided_is_no_fault() -> None:
    """It was long enough by the times known then; a party that misses it is answered again."""
    late = replace(TO_ORD[1], arrives=NOW + hours(5), last_fact=1, last_disruption=1, last_for_all=1)
    world = moved(TO_ORD, onward(minutes(30)))
    assert audit(but(world, seats={**world.seats, late.flight: late})).figures["illegal_trips"] == 0


@pytest.mark.parametrize(("wait", "found"), [(119, 1), (120, 0)])
def test_a_connection_between_two_airports_is_too_short_though_it_was_sold_as_short_at_one(
    wait: int, found: int
) -> None:
    """Its first flight is to land at another airport of the city, and the party needs two thirds of three hours."""
    first = flight(key(8, "BOS"), "JFK", departs=hours(2), block=hours(2))
    second = flight(key(9), departs=hours(4) + minutes(wait))
    world = moved(first, second, before=(leg(first[1]), leg(second[1])))
    ticket = replace(booking("R", first[1]).journeys[0].ticket, destination="SFO")
    world = but(world, bookings={**world.bookings, "R": altered(world.bookings["R"], ticket=ticket)})
    assert faults(world) == []
    state = replace(first[0], phase="rerouted", diverted_to="LGA")
    ledger = replace(world.seats[first[0].flight], phase="rerouted", diverted_to="LGA")
    assert len(faults(with_flight(world, (state, ledger)))) == found


def test_a_connection_that_the_party_had_before_is_not_measured_again() -> None:
    """It was sold that short, and only the last flight is new."""
    third = flight(key(10, "DEN"), departs=hours(8))
    first, second = TO_ORD, flight(key(9, "ORD"), "DEN", departs=hours(4) + minutes(10), block=hours(2))
    dead = flight(key(11, "DEN"), departs=hours(7), phase="cancelled")
    before = tuple(leg(ledger) for _, ledger in (first, second, dead))
    assert faults(moved(first, second, third, before=before)) == []


def test_flights_other_than_those_it_was_moved_to_are_found() -> None:
    """Even if they are a possible trip."""
    world = moved(flight(key(9)))
    assert faults(but(world, facts=WORLD.facts)) == ["R has other flights than it was moved to"]


def on_the_way(streams: Streams, *, flown: tuple[Leg, ...] = (), origin: str = "ORD") -> Streams:
    """The world in which R was stranded there before it was moved."""
    stranded = BookingStranded(
        pnr="R", id="pR0", reason="cancelled", before=FACT.before, origin=origin, destination="SFO", language="en",
        contact="", decided_at=NOW - hours(1), flown=flown,
    )  # fmt: skip
    return but(streams, facts=((10, stranded), *streams.facts))


def test_a_party_stranded_on_the_way_continues_from_there() -> None:
    """A trip from Chicago is possible for a party stranded in Chicago."""
    there = moved(flight(key(9, "ORD")), before=())
    assert faults(on_the_way(there)) == []
    assert len(faults(on_the_way(there, origin="DEN"))) == 1


def test_a_party_stranded_in_the_air_can_leave_after_landing() -> None:
    """Two hours after the decision it is in Chicago, and half an hour later it can leave again."""
    aloft = flight(key(8), "ORD", departs=-hours(1), block=hours(3), phase="departed")
    for wait, found in ((minutes(29), 1), (minutes(30), 0)):
        goes_on = flight(key(9, "ORD"), departs=hours(2) + wait, block=hours(4))
        world = on_the_way(moved(aloft, goes_on, before=()), flown=(leg(aloft[1]),))
        assert len(faults(world)) == found


@pytest.mark.parametrize(("left", "found"), [(True, 1), (False, 0)])
def test_a_party_whose_flight_has_not_left_after_all_is_at_home_and_needs_no_time_to_change_airports(
    *, left: bool, found: int
) -> None:
    """It was stranded in Chicago, for its flight was presumed to be under way."""
    silent = flight(key(8), "ORD", departs=-hours(1), block=hours(3), phase="departed" if left else "scheduled")
    world = on_the_way(moved(silent, before=()), flown=(leg(silent[1]),))
    home = moved(flight(key(9), departs=minutes(61)), before=())
    both = but(home, flights={**world.flights, **home.flights}, seats={**world.seats, **home.seats})
    assert len(faults(but(both, facts=(*world.facts[:1], *home.facts)))) == found


def test_a_diverted_party_continues_from_where_it_landed() -> None:
    """Its flight to Chicago was diverted to Milwaukee."""
    state, ledger = flight(key(8), "ORD", departs=-hours(1), block=hours(2), phase="diverted")
    diverted = replace(state, diverted_to="MKE"), replace(ledger, diverted_to="MKE")
    before = (leg(ledger), leg(flight(key(12, "ORD"), departs=hours(2))[1]))
    assert faults(moved(diverted, flight(key(9, "MKE"), departs=hours(3)), before=before)) == []


@pytest.mark.parametrize(("stop", "found"), [("OAK", 0), ("DEN", 1)], ids=["where it wants to be", "on the way"])
def test_a_party_leaves_its_flight_at_a_stop_where_it_wants_to_be(stop: str, found: int) -> None:
    """The flight was diverted there, and has gone on to its own destination."""
    state, ledger = flight(key(9), "LAX", departs=hours(1))
    stops = (Stop(airport=stop, arrived_at=ledger.arrives - hours(2), left_at=ledger.arrives - hours(1)),)
    went_on = replace(state, stops=stops), replace(ledger, stops=stops)
    world = moved(went_on)
    oakland = replace(world.bookings["R"].journeys[0].ticket, destination="OAK")
    assert (
        len(faults(but(world, bookings={**world.bookings, "R": altered(world.bookings["R"], ticket=oakland)}))) == found
    )


def test_without_its_facts_only_the_flights_of_a_trip_are_judged() -> None:
    """Where the party was and how much time it had is not known any more; where its flights lead is."""
    for streams, found in (
        (moved(flight(key(9, "ORD"), departs=-hours(1), phase="departed")), 0),
        (moved(flight(key(9), "MIA")), 1),
    ):
        expired = but(streams, facts=(), disrupted=(), sent=(), expired=frozenset("RKS"))
        assert audit(expired).figures["illegal_trips"] == found


def a_day_late(of: Leg) -> Leg:
    return replace(of, departs=of.departs + hours(28), arrives=of.arrives + hours(28))


@pytest.mark.parametrize("pnr", ["R", "K"])
def test_a_party_with_other_times_than_its_flights_is_found(pnr: str) -> None:
    """Moved or kept: it would miss the flight."""
    party = WORLD.bookings[pnr]
    wrong = altered(party, legs=tuple(a_day_late(each) for each in party.journeys[0].legs))
    (found,) = faults(but(WORLD, bookings={**WORLD.bookings, pnr: wrong}))
    assert (
        found == f"{pnr} was notified of 2013-02-09T18:00:00+00:00 for {LATE}, whose time is 2013-02-08T14:00:00+00:00"
    )


def test_a_party_not_answered_yet_may_have_older_times() -> None:
    """Another figure counts unanswered parties."""
    late = replace(WORLD.seats[LATE], departs=NOW + hours(3), arrives=NOW + hours(9), last_disruption=2)
    assert audit(but(WORLD, seats={**WORLD.seats, LATE: late})).figures["illegal_trips"] == 0


def gone(ledger: SeatLedger) -> SeatLedger:
    return replace(ledger, phase="departed", departs=ledger.departs + minutes(29))


def long_gone(ledger: SeatLedger) -> SeatLedger:
    return replace(ledger, phase="departed", departs=ledger.departs + hours(2))


def open_still(ledger: SeatLedger) -> SeatLedger:
    return replace(ledger, departs=ledger.departs + minutes(31))


@pytest.mark.parametrize(
    ("moves", "announced", "found"),
    [
        pytest.param(gone, hours(0), 0, id="gone a little late"),
        pytest.param(long_gone, hours(0), 0, id="the announced time"),
        pytest.param(long_gone, hours(1), 2, id="neither time"),
        pytest.param(open_still, hours(0.6), 2, id="half an hour and not gone"),
    ],
)
def test_only_a_flight_that_has_left_moves_without_a_fact(
    moves: Callable[[SeatLedger], SeatLedger], announced: timedelta, found: int
) -> None:
    """Before, a move beyond the monitor's threshold is a disruption for all holders of seats."""
    state = WORLD.flights[LATE]
    state = replace(state, announced_departure=state.announced_departure + announced)
    world = but(WORLD, seats={**WORLD.seats, LATE: moves(WORLD.seats[LATE])}, flights={**WORLD.flights, LATE: state})
    assert audit(world).figures["illegal_trips"] == found


def test_a_later_kept_fact_does_not_change_how_the_move_is_judged() -> None:
    """The latest fact has the times; the one that moved the party is judged."""
    kept = BookingKept(
        pnr="R",
        id="pR2",
        reason="retimed",
        before=R.journeys[0].legs,
        after=R.journeys[0].legs,
        language="en",
        contact="",
        decided_at=NOW,
    )
    for streams, found in ((WORLD, 0), (moved(flight(key(9), departs=minutes(29))), 1)):
        assert audit(but(streams, facts=(*streams.facts, (99, kept)))).figures["illegal_trips"] == found


def test_a_trip_as_sold_is_not_measured() -> None:
    """A connection of ten minutes that was sold elsewhere is no fault of a planner's."""
    flights = (TO_ORD, onward(minutes(10)))
    sold = booking("T", TO_ORD[1], *(leg(ledger) for _, ledger in flights), state="kept", plan="pT")
    sold = altered(sold, ticket=replace(sold.journeys[0].ticket, destination="SFO"))
    assert audit(but(WORLD, bookings={**WORLD.bookings, "T": sold})).figures["illegal_trips"] == 0


@pytest.mark.parametrize(
    ("knew", "now", "left", "found"),
    [
        pytest.param(6, 0.4, None, 1, id="less-than-the-lead"),
        pytest.param(6, -1, None, 1, id="in-the-past"),
        pytest.param(6, -1, -1, 1, id="left-long-before-the-party-knew"),
        pytest.param(6, 3, None, 0, id="much-earlier-than-sold"),
        pytest.param(6, 5, None, 0, id="a-little-earlier"),
        pytest.param(0.4, 0.4, None, 0, id="soon-as-always"),
        pytest.param(-1, -1.2, -1.2, 0, id="left-with-the-party"),
    ],
)
def test_a_party_kept_on_a_flight_brought_forward_too_far_is_found(
    knew: float, now: float, left: float | None, found: int
) -> None:
    """By the times in the fact, unless the flight had left with the party. One much earlier than sold has a mark."""
    state, ledger = flight(key(9), departs=hours(now), phase="scheduled" if left is None else "departed")
    _, sold = flight(key(9), departs=hours(knew))
    kept = BookingKept(
        pnr="K", id="pK", reason="retimed", before=(leg(sold),), after=(leg(ledger),), language="", contact="", decided_at=NOW
    )  # fmt: skip
    booked = booking("K", sold, leg(ledger), state="kept", plan="pK")
    streams = but(with_flight(WORLD, (state, ledger)), bookings={"K": booked}, facts=((1, kept),))
    assert audit(streams).figures["illegal_trips"] == found


@pytest.mark.parametrize(("leaves", "found"), [(164, 1), (165, 0)])
def test_a_move_to_another_airport_of_the_city_without_time_to_get_there_is_found(leaves: int, found: int) -> None:
    """R was to leave from JFK."""
    assert len(faults(moved(flight(key(9, "LGA"), departs=minutes(leaves))))) == found


@pytest.mark.parametrize(("leaves", "found"), [(0.6, True), (1, False)], ids=["about to leave", "later"])
def test_a_journey_that_leaves_while_its_party_waits_for_the_one_before_is_a_fault(leaves: float, found: bool) -> None:
    """The way out is stranded; the way back is given up shortly before it leaves."""
    state, ledger = flight(key(9, "SFO"), "JFK", departs=hours(leaves))
    stranded = WORLD.bookings["S"]
    way_back = replace(booking("S", ledger, leg(ledger), seats=5).journeys[0], number=2)
    streams = with_flight(WORLD, (state, replace(ledger, holders={"S": Holding("economy", 5)})))
    streams = with_booking(streams, replace(stranded, journeys=(*stranded.journeys, way_back)))
    assert any("while it waits for its journey 1" in fault for fault in faults(streams)) is found


def test_a_waitlist_entry_names_the_first_flight_of_the_next_journey() -> None:
    """The booker gives that flight up in time by it."""
    entry = WORLD.waiting["S", 1]
    streams = but(WORLD, waiting={("S", 1): replace(entry, following=Following(2, LATE))})
    assert audit(streams).figures["ledger_mismatches"] == 1


@pytest.mark.parametrize(
    ("leaves", "left", "found"),
    [
        pytest.param(50, 29, 1, id="before-it-is-there"),
        pytest.param(50, 30, 0, id="when-it-is-there"),
        pytest.param(90, 65, 0, id="moved-long-before"),
    ],
)
def test_a_party_on_a_flight_that_left_before_it_could_be_there_is_found(leaves: int, left: int, found: int) -> None:
    """R was moved to it so many minutes ahead, and it left earlier than R knew by less than half an hour."""
    streams = moved(flight(key(9), departs=minutes(leaves)))
    state, ledger = streams.flights[key(9)], streams.seats[key(9)]
    gone = (
        replace(state, phase="departed", departs=NOW + minutes(left)),
        replace(ledger, phase="departed", departs=NOW + minutes(left)),
    )
    faulty = [each for each in faults(with_flight(streams, gone)) if "at its gate" in each]
    assert len(faulty) == found


def test_a_time_at_a_gate_that_no_fact_explains_is_found() -> None:
    """It would take the party off its flight."""
    late = replace(R.journeys[0].legs[0], there_from=NOW + hours(1.5))
    (found,) = faults(but(WORLD, bookings={**WORLD.bookings, "R": altered(R, legs=(late,))}))
    assert found == f"R is at the gate of {LATE} from 13:30 on, by no fact"


def going_on(*, tails: tuple[str | None, str | None], swapped: bool = True) -> Streams:
    """T is on a flight of one number that stops in Chicago for 20 minutes. `swapped`: it is on record that the second leg got
    its aircraft."""
    (first, into), (second, out) = (
        flight(key(8), "ORD", departs=hours(2), block=hours(2)),
        flight(key(8, "ORD"), "BOS", departs=hours(4) + minutes(20), block=hours(2)),
    )
    first, second = replace(first, tail=tails[0]), replace(second, tail=tails[1], last_change=2)
    held = {"T": Holding("economy", 2)}
    world = with_flight(with_flight(WORLD, (first, replace(into, holders=held))), (second, replace(out, holders=held)))
    if swapped:
        change = FlightChanged(flight=second.flight, n=2, change="re-equipped", state=second)
        world = but(world, changes=(*world.changes, (9, change)))
    return with_booking(world, altered(WORLD.bookings["T"], legs=(leg(into), leg(out))))


@pytest.mark.parametrize(
    ("world", "found"),
    [
        pytest.param(going_on(tails=("N1", "N1")), [], id="one aircraft"),
        pytest.param(going_on(tails=("N1", "N-1")), [], id="one aircraft, spelled in two ways"),
        pytest.param(going_on(tails=("N1", None)), [], id="one of them not known"),
        pytest.param(
            going_on(tails=("N1", "N2")), [f"T has 20 min between {key(8)} and {key(8, 'ORD')}"], id="two aircraft"
        ),
        pytest.param(
            going_on(tails=("N1", "N2"), swapped=False), [], id="two aircraft all along: sold as a connection"
        ),
    ],
)
def test_a_party_left_on_a_stop_too_short_for_another_aircraft_is_found(world: Streams, found: list[str]) -> None:
    """In one aircraft, or in one for all that is known, it stays on board."""
    assert faults(world) == found

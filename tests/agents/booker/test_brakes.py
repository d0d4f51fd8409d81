"""Plans under a brake, and over a cap."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.booker.domain import Decision, Planned, decide_group
from agents.booker.domain.braking import Braking, room_from
from contracts.brakes import Brake, BrakedJourney, Brakes, Moves, Pace, PutAside, Scope
from contracts.ledger import Booking, BookingChanged
from contracts.plans import PlanProposed
from tests.agents.booker.booker_world import (
    NOW,
    ONE,
    REVISION,
    TWO,
    Ledgers,
    booking,
    facts,
    flight,
    hours,
    keep,
    key,
    leg,
    move,
    none,
    option,
    seated,
)
from tests.single_journey import altered

MINUTE = timedelta(minutes=1)
CLOSED = flight(phase="cancelled", last_fact=1, last_disruption=1)
DELTA = "DL.5.JFK.2013-02-08"
EVERYTHING = Scope()
MOVE = move("A", option(leg(TWO)))


def brake(scope: Scope = EVERYTHING, *, n: int = 1, **more: Any) -> Brake:
    return Brake(n=n, scope=scope, by="ops", why="fog", since=NOW, **more)


def on(*brakes: Brake, waits: Sequence[BrakedJourney] = (), **more: Any) -> Braking:
    """A group's brakes, with the journeys that wait for their turn or have it."""
    waiting = Counter(each.brake for each in waits if each.called_at is None)
    called = Counter(each.brake for each in waits if each.called_at is not None)
    aside = {each.key: each for each in waits}
    return Braking(NOW, Brakes(brakes=brakes, last=9), aside, waiting=waiting, called=called, **more)


def waits(pnr: str, *plans: str, **changes: Any) -> BrakedJourney:
    put = tuple([PutAside(id=plan, reason="cancelled") for plan in plans])
    entry = BrakedJourney(pnr=pnr, journey=1, brake=1, since=NOW, order=1, plans=put)
    return structs.replace(entry, **changes)


def under(
    braking: Braking, bookings: Sequence[Booking], *plans: PlanProposed, more: Ledgers | None = None
) -> Decision[int]:
    flights = seated([CLOSED, *([] if more else [flight(TWO)])], bookings) | (more or {})
    return decide_group(
        [Planned(plan, i, 100 + i) for i, plan in enumerate(plans)],
        bookings={b.pnr: (b, REVISION) for b in bookings},
        flights=flights,
        now=NOW,
        braking=braking,
    )


A = booking("A", [flight()])


@pytest.mark.parametrize(
    "scope", [EVERYTHING, Scope(airport="JFK"), Scope(airport="SFO"), Scope(carrier="B6"), Scope(flight=ONE)]
)
@pytest.mark.parametrize(
    "plan",
    [MOVE, keep("A", leg(ONE, 1), reason="cancelled"), none("A", leg(ONE, 1))],
    ids=lambda plan: str(plan.verdict),
)
def test_under_a_brake_no_journey_is_moved_kept_or_stranded(scope: Scope, plan: PlanProposed) -> None:
    """Nothing is written but that the plan was put aside, with its place in the queue; others may have seats kept for it."""
    braking = on(brake(scope))
    decision = under(braking, [A], plan)
    assert (decision.bookings, decision.waiting, facts(decision)) == ({}, {}, [])
    assert {pnr for ledger in decision.seats.values() for pnr in ledger.holders} == set()
    assert braking.changed == {("A", 1): waits("A", plan.id, order=100)}


@pytest.mark.parametrize(
    "other", [Scope(airport="ORD"), Scope(carrier="DL"), Scope(flight=key(9))], ids=["airport", "carrier", "flight"]
)
def test_a_brake_on_something_else_changes_nothing(other: Scope) -> None:
    decision = under(on(brake(other)), [A], MOVE)
    assert decision.bookings.keys() == {"A"}


def test_a_brake_that_has_ended_by_itself_changes_nothing() -> None:
    """Also before the booker has written that it has."""
    assert under(on(brake(until=NOW)), [A], MOVE).bookings.keys() == {"A"}
    assert under(on(brake(until=NOW + MINUTE)), [A], MOVE).bookings.keys() == set()


def test_no_party_is_moved_onto_what_is_under_a_brake() -> None:
    """Though its own trip is under none. The seats kept for it can be sold to others."""
    braking = on(brake(Scope(carrier="DL")))
    decision = under(braking, [A], move("A", option(leg(DELTA))), more={DELTA: flight(DELTA)})
    assert (decision.bookings, facts(decision)) == ({}, [])
    assert braking.changed.keys() == {("A", 1)}
    assert [freed.flight for _, freed in decision.freed] == [DELTA]


def test_who_holds_no_seats_is_under_the_brakes_on_the_flights_that_were_sold() -> None:
    """And those on where it travels."""
    stranded = altered(A, legs=(), state="stranded", last_fact="none")
    plan = move("A", option(leg(DELTA)), follows="none")
    for scope in (Scope(carrier="B6"), Scope(flight=ONE), Scope(airport="SFO")):
        assert not facts(under(on(brake(scope)), [stranded], plan, more={DELTA: flight(DELTA)}))


def test_a_plan_put_aside_is_done_and_later_ones_are_kept_beside_it() -> None:
    """Each gets its refusal; the journey keeps its place."""
    braking = on(brake(), waits=[waits("A", "first", order=7)])
    decision = under(braking, [A], structs.replace(MOVE, id="first"), structs.replace(MOVE, id="second"))
    assert decision.done == [0]
    entry = braking.changed["A", 1]
    assert entry is not None
    assert ([put.id for put in entry.plans], entry.order) == (["first", "second"], 7)


# Caps.


def moved(decision: Decision[int]) -> list[str]:
    return [fact.pnr for fact in facts(decision) if isinstance(fact, BookingChanged)]


def parties(count: int) -> tuple[list[Booking], list[PlanProposed]]:
    bookings = [booking(f"P{i}", [flight()]) for i in range(count)]
    return bookings, [move(each.pnr, option(leg(TWO))) for each in bookings]


def test_a_cap_lets_so_many_through_and_the_others_wait_in_order() -> None:
    braking = on(brake(moves_a_minute=2))
    bookings, plans = parties(5)
    assert moved(under(braking, bookings, *plans)) == ["P0", "P1"]
    assert {k[0]: e and e.order for k, e in braking.changed.items()} == {"P2": 102, "P3": 103, "P4": 104}
    assert braking.paced == {1: Pace(n=1, moves=(Moves(NOW, 2),))}


def test_a_cap_keeps_and_strands_as_always() -> None:
    """It is on moves alone."""
    decision = under(
        on(brake(moves_a_minute=1)), [A, booking("B", [flight()])], none("A", leg(ONE, 1)), none("B", leg(ONE, 1))
    )
    assert len(facts(decision)) == 2


def test_a_cap_on_a_carrier_counts_its_own_passengers_and_who_comes_to_it() -> None:
    """Moves of others are not its own."""
    other = booking("O", [flight("DL.1.JFK.2013-02-08")])
    come = [move("O", option(leg(TWO))), move("A", option(leg(TWO)))]
    flights = {"DL.1.JFK.2013-02-08": flight("DL.1.JFK.2013-02-08", phase="cancelled", last_disruption=1)}
    ledgers = seated([*flights.values(), CLOSED, flight(TWO)], [other, A])
    decision = under(on(brake(Scope(carrier="B6"), moves_a_minute=1)), [other, A], *come, more=ledgers)
    assert moved(decision) == ["O"]
    decision = under(on(brake(Scope(carrier="AA"), moves_a_minute=1)), [other, A], *come, more=ledgers)
    assert moved(decision) == ["O", "A"]


def test_a_move_counts_for_a_minute() -> None:
    """Half open: a minute later it counts no more."""
    for ago, expected in ((MINUTE - timedelta(seconds=1), []), (MINUTE, ["A"])):
        braking = on(brake(moves_a_minute=1), paces={1: Pace(n=1, moves=(Moves(NOW - ago, 1),))})
        assert moved(under(braking, [A], MOVE)) == expected


def test_no_one_overtakes_those_who_wait() -> None:
    """Room goes to the journey whose turn it is."""
    called = waits("A", called_at=NOW)
    bookings, plans = parties(1)
    braking = on(brake(moves_a_minute=1), waits=[called])
    assert moved(under(braking, [A, *bookings], *plans, MOVE)) == ["A"]
    assert (braking.changed["A", 1], braking.changed["P0", 1] is not None) == (None, True)
    assert moved(under(on(brake(moves_a_minute=1), waits=[waits("A", "old")]), [A, *bookings], *plans)) == []


def test_whose_turn_it_is_waits_again_in_its_place_where_there_is_no_room() -> None:
    braking = on(
        brake(moves_a_minute=1),
        waits=[waits("A", called_at=NOW, order=3)],
        paces={1: Pace(n=1, moves=(Moves(NOW, 1),))},
    )
    assert moved(under(braking, [A], MOVE)) == []
    entry = braking.changed["A", 1]
    assert entry is not None
    assert (entry.order, entry.called_at) == (3, None)


def test_with_two_caps_both_must_have_room() -> None:
    wide, narrow = brake(moves_a_minute=9), brake(Scope(carrier="B6"), n=2, moves_a_minute=1)
    bookings, plans = parties(3)
    braking = on(wide, narrow)
    assert moved(under(braking, bookings, *plans)) == ["P0"]
    assert {entry.brake for entry in braking.changed.values() if entry} == {2}
    assert {n: pace.moves for n, pace in braking.paced.items()} == {1: (Moves(NOW, 1),), 2: (Moves(NOW, 1),)}


@given(
    cap=st.integers(1, 4),
    groups=st.lists(st.tuples(st.integers(0, 90), st.integers(1, 5)), min_size=1, max_size=12),
)
def test_no_minute_has_more_moves_than_the_cap(cap: int, groups: list[tuple[int, int]]) -> None:
    """Whatever comes when. Counted by hand, over every minute that begins with a move."""
    at, paces, seen = NOW, dict[int, Pace](), list[Any]()
    for seconds, count in groups:
        at += timedelta(seconds=seconds)
        bookings, plans = parties(count)
        braking = on(brake(moves_a_minute=cap), paces=paces)
        braking.now = at
        decision = decide_group(
            [Planned(plan, i) for i, plan in enumerate(plans)],
            bookings={b.pnr: (b, REVISION) for b in bookings},
            flights=seated([CLOSED, flight(TWO, departs=at + hours(9), arrives=at + hours(15))], bookings),
            now=at,
            braking=braking,
        )
        seen += [at] * len(moved(decision))
        paces |= braking.paced
    assert all(sum(first <= each < first + MINUTE for each in seen) <= cap for first in seen)
    assert seen[: min(cap, groups[0][1])]


def test_when_a_cap_has_room_again() -> None:
    cap, moves = brake(moves_a_minute=3), (Moves(NOW, 2), Moves(NOW + timedelta(seconds=20), 1))
    assert room_from(cap, (), 0) == cap.since
    assert room_from(cap, moves, 0) == NOW + MINUTE
    assert room_from(cap, moves, 2) == NOW + timedelta(seconds=80)
    assert room_from(cap, moves, 3) is None

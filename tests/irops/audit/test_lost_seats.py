"""Parties that lost seats which can be had again: those who should have them, and those moved back as they should not be."""

from dataclasses import replace as but

import pytest
from msgspec.structs import replace

from contracts.flights import FlightChanged
from contracts.ledger import BookingChanged, BookingStranded, Disruption, Holding, SeatsDisrupted
from contracts.names import Airport
from contracts.notices import NoticeSent
from contracts.passengers import Passenger
from contracts.rules import Rules
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import HEARD, HORIZON, NOW, booking, by, flight, hours, key, leg, with_ledger
from tests.single_journey import altered

LOST, LATER, FIGURE = key(1), key(2), "seats_not_given_back"


def moved_and_restored(*, leaves: float = 5, economy: int = 10, gains: float = 10, other: Airport = "JFK") -> Streams:
    """P was on B6.1, which was cancelled an hour ago, and was moved to B6.2 from this airport, so many hours later. B6.1 is
    restored now."""
    at_first = flight(LOST, departs=hours(leaves), last_disruption=1, economy=economy)
    state, ledger = replace(at_first[0], last_change=3, observed_at=HEARD), replace(at_first[1], last_change=3)
    elsewhere = key(2, other)
    later, seats = flight(elsewhere, departs=hours(leaves + gains))
    was_on = (leg(ledger, answered=0),)
    moved = booking("P", ledger, leg(seats), state="rebooked", plan="p1")
    cancelled = replace(state, phase="cancelled", last_change=2, observed_at=NOW - hours(1))
    return Streams(
        flights={LOST: state, elsewhere: later},
        changes=(
            (1, FlightChanged(flight=LOST, n=2, change="cancelled", state=cancelled)),
            (2, FlightChanged(flight=LOST, n=3, change="restored", state=state)),
        ),
        seats={
            LOST: replace(ledger, lost_by={"P": 1}),
            elsewhere: replace(seats, holders={"P": Holding("economy", 2)}),
        },
        bookings={"P": moved},
        facts=(
            (11, BookingChanged(pnr="P", id="p1", reason="cancelled", before=was_on, after=moved.journeys[0].legs,
                                language="en", contact="", decided_at=NOW - hours(1))),
        ),
        disrupted=(
            (10, SeatsDisrupted(flight=LOST, n=1, kind="cancelled", parties=("P",), departs=NOW, arrives=NOW)),
        ),
        sent=(NoticeSent(pnr="P", id="p1", channel="maildir", sent_at=NOW),),
        now=NOW,
        horizon=HORIZON,
        whole=True,
    )  # fmt: skip


def moved_back() -> Streams:
    """The same, and P was moved back."""
    before = moved_and_restored()
    seats, elsewhere = before.seats[LOST], before.seats[LATER]
    back = booking("P", seats, leg(seats), state="kept", plan="p2")
    fact = BookingChanged(
        pnr="P", id="p2", reason="restored", before=before.bookings["P"].journeys[0].legs,
        after=back.journeys[0].legs, regained=(LOST,), language="en", contact="", decided_at=NOW, follows="p1",
    )  # fmt: skip
    return but(
        before,
        seats={
            LOST: replace(seats, holders={"P": Holding("economy", 2)}, lost_by={}),
            LATER: replace(elsewhere, holders={}),
        },
        bookings={"P": altered(back, moved_back=True)},
        facts=(*before.facts, (12, fact)),
        sent=(*before.sent, NoticeSent(pnr="P", id="p2", channel="maildir", sent_at=NOW)),
    )


def found(streams: Streams) -> int:
    return audit(streams).figures[FIGURE]


def with_fact(streams: Streams, **fields: object) -> Streams:
    """The last fact with other fields."""
    sequence, fact = streams.facts[-1]
    return but(streams, facts=(*streams.facts[:-1], (sequence, replace(fact, **fields))))


def test_a_party_left_hours_later_beside_its_old_seats_is_found() -> None:
    """The audit names them."""
    judged = audit(moved_and_restored())
    assert judged.figures[FIGURE] == 1
    assert judged.findings[FIGURE] == (f"P arrives 10:00:00 later than with {LOST}, on which there are seats again",)


@pytest.mark.parametrize(
    ("stays", "should_not"),
    [
        pytest.param(moved_and_restored(gains=1.9), moved_and_restored(gains=2), id="about as well"),
        pytest.param(moved_and_restored(leaves=2.2), moved_and_restored(leaves=2.25), id="too late to be moved"),
        pytest.param(
            moved_and_restored(leaves=3.9, other="LGA"),
            moved_and_restored(leaves=4, other="LGA"),
            id="too late to change airports",
        ),
        pytest.param(moved_and_restored(economy=1), moved_and_restored(economy=2), id="too few seats"),
        pytest.param(moved_back(), moved_and_restored(), id="moved back"),
    ],
)
def test_a_party_that_may_stay_where_it_is_is_no_fault(stays: Streams, should_not: Streams) -> None:
    """Within the rules, up to their limits."""
    assert (found(stays), found(should_not)) == (0, 1)


@pytest.mark.parametrize(("leaves", "faults"), [(3.9, 0), (4, 1)])
def test_a_party_that_waited_at_another_airport_needs_the_time_from_there(leaves: float, faults: int) -> None:
    """It was stranded at LaGuardia before it was moved to its flight from Kennedy."""
    world = moved_and_restored(leaves=leaves)
    ((at, fact),) = world.facts
    stranded = BookingStranded(
        pnr="P", id="p0", reason="cancelled", before=fact.before, origin="LGA", destination="SFO", language="en",
        contact="", decided_at=fact.decided_at,
    )  # fmt: skip
    since = replace(fact, before=(), follows="p0")
    assert found(but(world, facts=((at - 1, stranded), (at, since)))) == faults


@pytest.mark.parametrize(("waits", "faults"), [(True, 0), (False, 1)])
def test_a_later_journey_is_not_moved_back_while_the_one_before_waits(*, waits: bool, faults: int) -> None:
    """No one knows when its party can begin it."""
    world = moved_and_restored()
    ((at, fact),) = world.facts
    booked = world.bookings["P"]
    (journey,) = booked.journeys
    before = replace(journey, legs=(), state="stranded", last_fact="")
    journeys = (before, replace(journey, number=2)) if waits else (replace(journey, number=2),)
    streams = but(
        world,
        bookings={"P": replace(booked, journeys=journeys)},
        seats={**world.seats, LOST: replace(world.seats[LOST], lost_by={"P": 2})},
        facts=((at, replace(fact, journey=2)),),
    )
    assert found(streams) == faults


UP_TO_TEN_HOURS, FOR_TWELVE_HOURS = Rules(moves_back_until=hours(10)), Rules(margin=hours(12))


@pytest.mark.parametrize(
    ("sets", "faults"),
    [
        pytest.param((Rules(), UP_TO_TEN_HOURS), 0, id="allowed-then"),
        pytest.param((UP_TO_TEN_HOURS, Rules()), 1, id="too-late-then"),
        pytest.param((Rules(), FOR_TWELVE_HOURS), 0, id="enough-then"),
        pytest.param((FOR_TWELVE_HOURS, Rules()), 1, id="too-little-then"),
    ],
)
def test_a_move_back_is_judged_by_the_rules_in_force_then(sets: tuple[Rules, Rules], faults: int) -> None:
    """P was moved back five hours before its flight, to arrive ten hours earlier. Other rules came after it."""
    assert found(by(moved_back(), *sets, decided=1)) == faults


@pytest.mark.parametrize(
    ("sets", "decided", "faults"),
    [
        pytest.param((Rules(), Rules(lead=hours(1))), 1, 1, id="by both"),
        pytest.param((Rules(), FOR_TWELVE_HOURS), 1, 0, id="not any more"),
        pytest.param((FOR_TWELVE_HOURS, Rules()), 1, 0, id="not before"),
        pytest.param((FOR_TWELVE_HOURS, Rules()), 2, 1, id="not before its last answer"),
    ],
)
def test_a_party_may_stay_that_any_set_since_its_last_answer_leaves_there(
    sets: tuple[Rules, Rules], decided: int, faults: int
) -> None:
    """Other rules move no party by themselves."""
    assert found(by(moved_and_restored(), *sets, decided=decided)) == faults


def test_a_party_that_had_checked_in_may_stay_and_may_not_be_moved() -> None:
    """No one has asked it."""
    people = (Passenger(id="1", kind="adult", coupons={LATER: "checked_in"}), Passenger(id="2", kind="adult"))
    for world, expected in ((moved_and_restored(), 0), (moved_back(), 1)):
        checked_in = replace(world.bookings["P"], passengers=people)
        assert found(but(world, bookings={"P": checked_in})) == expected


def test_a_sound_move_back_is_clean() -> None:
    """In every figure."""
    assert audit(moved_back()).clean


def test_a_party_that_had_been_moved_back_once_may_stay_elsewhere() -> None:
    """Its flight was cancelled and restored again."""
    back = moved_back()
    elsewhere, seats = leg(back.seats[LATER]), back.seats[LOST]
    again = replace(
        back.facts[-1][1], id="p3", reason="cancelled", before=(leg(seats),), after=(elsewhere,), regained=(), follows="p2"
    )  # fmt: skip
    streams = but(
        back,
        seats={
            LOST: replace(seats, holders={}),
            LATER: replace(back.seats[LATER], holders={"P": Holding("economy", 2)}),
        },
        bookings={"P": altered(booking("P", seats, elsewhere, state="rebooked", plan="p3"), moved_back=True)},
        facts=(*back.facts, (13, again)),
    )
    assert found(streams) == 0
    assert found(with_fact(streams, reason="restored", regained=(LATER,))) == 1


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"decided_at": NOW + hours(4)}, f"P was moved back at 16:00, when {LOST} left at 17:00"),
        ({"regained": (LATER,)}, f"P was moved back to {LATER}, on which it had not lost its seats (p2)"),
        ({"regained": ()}, "P has seats on 0 flights again, and its trip was restored (p2)"),
        ({"reason": "retimed"}, "P has been moved back by its booking, and otherwise by its facts"),
    ],
    ids=["late", "another flight", "no flight", "another reason"],
)
def test_a_move_back_that_breaks_the_rules_is_found(changed: dict[str, object], finding: str) -> None:
    """Each of them."""
    assert audit(with_fact(moved_back(), **changed)).findings[FIGURE] == (finding,)


def test_a_flight_that_has_left_with_the_party_is_none_that_it_is_moved_off() -> None:
    """It leaves at the minute in which the party is moved back to the flight behind it."""
    back = moved_back()
    fact = back.facts[-1][1]
    assert isinstance(fact, BookingChanged)
    left = replace(fact.before[0], flight=key(3), destination="ORD", departs=NOW, arrives=NOW + hours(2))
    streams = with_fact(back, before=(left, *fact.before), after=(replace(left, answered=1), *fact.after))
    assert not [each for each in audit(streams).findings.get(FIGURE, ()) if "left at" in each]
    soon = replace(left, departs=NOW + hours(0.5))
    late = with_fact(back, before=(soon, *fact.before), after=fact.after)
    assert [each for each in audit(late).findings[FIGURE] if f"{key(3)} left at" in each]


def test_a_move_back_for_little_is_found() -> None:
    """Half an hour earlier is little, an hour is enough; known times move by less than half an hour without a fact."""
    back = moved_back()
    fact = back.facts[-1][1]
    assert isinstance(fact, BookingChanged)

    def gaining(gain: float) -> Streams:
        to = fact.after[0]
        soon = replace(fact.before[0], departs=to.departs + hours(gain), arrives=to.arrives + hours(gain))
        return with_fact(back, before=(soon,))

    assert [found(gaining(gain)) for gain in (0.4, 0.5, 1)] == [1, 0, 0]


@pytest.mark.parametrize(
    ("lost_by", "faults"),
    [({"P": 1}, 0), ({}, 1), ({"P": 2}, 1)],
    ids=["remembered", "forgotten", "another journey"],
)
def test_a_ledger_that_has_forgotten_who_lost_seats_is_found(lost_by: dict[str, int], faults: int) -> None:
    """A restored flight would not reach them."""
    stays = moved_and_restored(gains=1)
    assert found(with_ledger(stays, replace(stays.seats[LOST], lost_by=lost_by))) == faults


@pytest.mark.parametrize(
    ("at", "last", "faults"),
    [
        pytest.param(11, "cancelled", 1, id="lost when it had come back"),
        pytest.param(9, "cancelled", 0, id="lost before it was cancelled"),
        pytest.param(11, "diverted", 0, id="left again since"),
    ],
)
def test_a_flight_that_came_back_knows_who_lost_seats_on_it_since(at: int, last: Disruption, faults: int) -> None:
    """When it left, it forgot those before."""
    stays = moved_and_restored(gains=1)
    departed = FlightChanged(
        flight=LOST, n=1, change="departed", state=replace(stays.changes[0][1].state, last_change=1)
    )
    (_, fact), (sequence, disruption) = stays.facts[0], stays.disrupted[0]
    streams = but(
        with_ledger(stays, replace(stays.seats[LOST], lost_by={})),
        changes=[(0, departed), *stays.changes],
        facts=[(at, fact)],
        disrupted=[(sequence, replace(disruption, kind=last))],
    )
    assert found(streams) == faults


def test_a_stranded_party_is_no_concern_of_this_figure() -> None:
    """It waits, and `stranded_beside_a_legal_seat` looks after it."""
    stays = moved_and_restored()
    moved = stays.facts[0][1]
    fact = BookingStranded(
        pnr="P", id="p1", reason="cancelled", before=moved.before, origin="JFK", destination="SFO", language="en",
        contact="", decided_at=NOW - hours(1),
    )  # fmt: skip
    streams = but(
        stays,
        bookings={"P": booking("P", stays.seats[LOST], state="stranded", plan="p1")},
        facts=((11, fact),),
    )
    assert (found(streams), audit(streams).figures["stranded_beside_a_legal_seat"]) == (0, 1)

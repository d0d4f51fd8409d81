"""What a flight's change does to its seats."""

from typing import Any

import pytest

from agents.booker.domain import Applied, apply_changes, on_change, parties_needed
from contracts.flights import Change, FlightChanged
from contracts.ledger import Holding, JourneyAffected, SeatLedger, SeatsDisrupted, SeatsFreed
from contracts.names import Cabin, Pnr
from tests.agents.booker.booker_world import DEPARTS, ONE, TWO, booking, changed, flight, hours, party, retimed

HELD = flight(holders={"B": Holding("economy", 2), "A": Holding("economy", 1)}, last_fact=4, last_disruption=3)


def applied(ledger: SeatLedger | None, change: FlightChanged) -> Applied:
    result = on_change(ledger, change)
    assert result is not None
    return result


def kinds(ledger: SeatLedger | None, change: FlightChanged) -> list[str]:
    """The facts as kinds, `freed` for freed seats."""
    return [f.kind if isinstance(f, SeatsDisrupted) else "freed" for f in applied(ledger, change).facts]


def test_a_first_change_opens_the_flight_with_the_seats_of_its_aircraft_and_frees_them() -> None:
    """A new flight gets a ledger, and its seats are freed for stranded parties."""
    result = applied(None, changed(flight(), "scheduled", n=1))
    assert result == Applied(flight(last_fact=1), (SeatsFreed(flight=ONE, n=1),))


def test_a_flight_opened_without_known_seats_has_none_to_sell() -> None:
    """No capacity is invented."""
    assert applied(None, changed(flight(), "scheduled", n=1, seats={})) == Applied(flight(capacity={}), ())


def test_a_cancellation_names_every_holder() -> None:
    """The phase and the fact come together; the holders keep their seats until they are answered."""
    result = applied(HELD, changed(HELD, "cancelled", phase="cancelled"))
    assert result.ledger.phase == "cancelled"
    assert result.ledger.holders == HELD.holders
    assert result.facts == (
        SeatsDisrupted(
            flight=ONE, n=5, kind="cancelled", parties=("A", "B"), departs=HELD.departs, arrives=HELD.arrives
        ),
    )


def test_facts_are_numbered_on_and_the_last_disruption_is_kept() -> None:
    """`n` counts all facts of a flight, `last_disruption` is the last disruption's."""
    result = applied(HELD, retimed(HELD, hours(1)))
    assert [(type(f), f.n) for f in result.facts] == [(SeatsDisrupted, 5), (SeatsFreed, 6)]
    assert (result.ledger.last_fact, result.ledger.last_disruption) == (6, 5)


def test_a_cancelled_flight_without_holders_makes_no_fact() -> None:
    """No party is disrupted, and its phase alone keeps its seats from being sold."""
    assert kinds(flight(), changed(flight(), "cancelled", phase="cancelled")) == []


def test_a_flight_in_the_air_is_retimed_and_diverted_even_without_holders() -> None:
    """Parties stranded on board hold no seat on it any more, and wait for a flight from where it lands."""
    aloft = flight(phase="departed")
    late = changed(aloft, "retimed", announced_arrival=DEPARTS + hours(7))
    elsewhere = changed(aloft, "diverted", phase="diverted", diverted_to="OAK")
    assert (kinds(aloft, late), kinds(aloft, elsewhere)) == (["retimed"], ["diverted"])


def test_a_retimed_flight_without_holders_makes_a_fact() -> None:
    """Plans on their way to it rest on the old times and must become stale."""
    result = applied(flight(), retimed(flight(), -hours(1)))
    assert result.ledger.last_disruption == 1
    assert [f.parties for f in result.facts if isinstance(f, SeatsDisrupted)] == [()]


@pytest.mark.parametrize("n", [1, 0], ids=["repeated", "older"])
def test_a_change_that_the_ledger_has_passed_changes_nothing(n: int) -> None:
    """Redelivery changes the order; a change at or below the applied number is old."""
    assert on_change(HELD, changed(HELD, "cancelled", n=n, phase="cancelled")) is None


def test_a_later_departure_frees_seats() -> None:
    """A party that could not catch the earlier departure may catch this one."""
    assert kinds(HELD, retimed(HELD, hours(1))) == ["retimed", "freed"]


def test_an_earlier_departure_frees_no_seats() -> None:
    """No stranded party gains by it."""
    assert kinds(HELD, retimed(HELD, -hours(1))) == ["retimed"]


@pytest.mark.parametrize(("early", "expected"), [(14, ["freed"]), (0, [])], ids=["was-early", "was-on-time"])
def test_a_flight_that_leaves_no_earlier_than_announced_after_all_frees_seats(
    early: float, expected: list[str]
) -> None:
    """It had left too soon for some, by less than is announced. That it is a little late serves few, and is no fact."""
    ledger = flight(known_departure=DEPARTS - hours(early / 60)) if early else flight()
    estimated = changed(ledger, "estimated", departs=DEPARTS + hours(0 if early else 0.2))
    assert kinds(ledger, estimated) == expected


def test_a_full_flight_that_leaves_later_frees_nothing() -> None:
    """There is no seat to free."""
    full = flight(holders={"A": Holding("economy", 10)})
    assert kinds(full, retimed(full, hours(1))) == ["retimed"]


def test_a_departure_sets_the_actual_time_without_a_fact() -> None:
    """Small differences do not count: only the monitor's `retimed` does."""
    result = applied(HELD, changed(HELD, "departed", phase="departed", departs=DEPARTS + hours(0.2)))
    assert (result.ledger.phase, result.ledger.departs) == ("departed", DEPARTS + hours(0.2))
    assert result.facts == ()


def test_an_arrival_sets_the_actual_time_without_a_fact() -> None:
    """Nothing about an arrived flight is a disruption."""
    departed = applied(HELD, changed(HELD, "departed", phase="departed", departs=DEPARTS + hours(0.2))).ledger
    arrives = departed.arrives + hours(0.3)
    result = applied(departed, changed(departed, "arrived", phase="arrived", arrives=arrives))
    assert (result.ledger.arrives, result.facts) == (arrives, ())


def test_a_flight_retimed_in_the_air_disrupts_its_holders() -> None:
    """It frees no seats."""
    departed = applied(HELD, changed(HELD, "departed", phase="departed", departs=DEPARTS + hours(0.2))).ledger
    later = departed.arrives + hours(2)
    change = changed(departed, "retimed", announced_departure=DEPARTS, arrives=later, announced_arrival=later)
    assert kinds(departed, change) == ["retimed"]


def test_a_skipped_cancellation_is_covered_by_the_next_message() -> None:
    """The difference between ledger and state decides, not the name of the change."""
    assert kinds(HELD, changed(HELD, "re-equipped", n=9, phase="cancelled")) == ["cancelled"]


def test_a_skipped_retiming_is_covered_by_the_departure_after_it() -> None:
    """After a gap, announced times that differ from the ledger's count."""
    late = retimed(HELD, hours(2)).state
    change = changed(HELD, "departed", n=3, phase="departed", announced_departure=late.departs, departs=late.departs)
    assert kinds(HELD, change) == ["retimed"]


def test_a_skipped_diversion_is_covered_by_the_arrival_after_it() -> None:
    """A disruption for those on board."""
    assert kinds(HELD, changed(HELD, "arrived", n=9, phase="arrived", diverted_to="OAK")) == ["diverted"]


def test_a_diverted_flight_names_everyone_on_board_and_where_it_goes() -> None:
    """The diversion has the times: there is no retiming beside it."""
    late = HELD.arrives + hours(2)
    change = changed(HELD, "diverted", phase="diverted", diverted_to="OAK", arrives=late, announced_arrival=late)
    fact = applied(HELD, change).facts[0]
    assert isinstance(fact, SeatsDisrupted)
    assert (fact.kind, fact.parties, fact.diverted_to, fact.arrives) == ("diverted", ("A", "B"), "OAK", late)


def test_a_diversion_is_one_fact() -> None:
    """The arrival after it adds nothing."""
    diverted = applied(HELD, changed(HELD, "diverted", phase="diverted", diverted_to="OAK")).ledger
    assert kinds(diverted, changed(diverted, "arrived", phase="arrived")) == []


def test_a_restored_flight_frees_its_seats_and_disrupts_no_party() -> None:
    """Its holders were named when it was cancelled, and are answered for that."""
    closed = applied(HELD, changed(HELD, "cancelled", phase="cancelled")).ledger
    result = applied(closed, changed(closed, "restored", phase="scheduled"))
    assert result.ledger.phase == "scheduled"
    assert result.facts == (SeatsFreed(flight=ONE, n=6),)


def test_a_flight_restored_at_other_times_is_retimed_too() -> None:
    """Plans made on the old times become stale."""
    closed = applied(HELD, changed(HELD, "cancelled", phase="cancelled")).ledger
    late = closed.departs + hours(3)
    assert kinds(closed, changed(closed, "restored", phase="scheduled", announced_departure=late)) == [
        "retimed",
        "freed",
    ]


def test_known_times_stand_beside_the_announced_ones() -> None:
    """A move that is not announced disrupts no party."""
    minute = hours(1) / 60
    estimated = changed(HELD, "estimated", departs=HELD.departs + 10 * minute, arrives=HELD.arrives + 5 * minute)
    result = applied(HELD, estimated)
    assert result.facts == ()
    assert (result.ledger.departs, result.ledger.arrives) == (HELD.departs, HELD.arrives)
    assert result.ledger.known_departure == HELD.departs + 10 * minute
    assert result.ledger.known_arrival == HELD.arrives + 5 * minute


def test_known_times_end_when_they_are_the_announced_ones() -> None:
    """The ledger has one time again."""
    known = applied(HELD, changed(HELD, "estimated", departs=HELD.departs + hours(0.2))).ledger
    back = applied(known, changed(HELD, "estimated", n=known.last_change + 1)).ledger
    assert (back.known_departure, back.known_arrival) == (None, None)


def test_the_schedule_stands_beside_announced_and_actual_times() -> None:
    """And nowhere else."""
    late = applied(HELD, retimed(HELD, hours(1))).ledger
    left = applied(late, changed(late, "departed", phase="departed", departs=late.departs)).ledger
    in_time = applied(late, retimed(late, -hours(1))).ledger
    for ledger in (late, left):
        assert (ledger.scheduled_departure, ledger.scheduled_arrival) == (HELD.departs, HELD.arrives)
    assert (HELD.schedule, in_time.schedule) == (None, None)


def test_a_larger_aircraft_frees_seats() -> None:
    """More seats than before are for sale."""
    assert kinds(HELD, changed(HELD, "re-equipped", seats={"economy": 12})) == ["freed"]


def test_a_smaller_aircraft_with_room_for_all_makes_no_fact() -> None:
    """No party has to get off."""
    result = applied(HELD, changed(HELD, "re-equipped", seats={"economy": 3}))
    assert (result.ledger.capacity, result.facts) == ({"economy": 3}, ())


def test_a_state_without_seats_keeps_the_capacity() -> None:
    """An unknown field denies nothing."""
    assert applied(HELD, changed(HELD, "departed", phase="departed", seats={})).ledger.capacity == {"economy": 10}


def test_a_smaller_aircraft_names_the_offloaded_parties() -> None:
    """Only they are disrupted."""
    change = changed(HELD, "re-equipped", seats={"economy": 2})
    assert parties_needed(HELD, change) == ("B", "A")
    result = on_change(HELD, change, parties={"A": party(1), "B": party(2)})
    assert result is not None
    assert [(f.kind, f.parties) for f in result.facts if isinstance(f, SeatsDisrupted)] == [("downgauged", ("A",))]
    assert result.ledger.offloaded == ("A",)


def test_an_offloaded_party_stays_offloaded_after_a_retiming() -> None:
    """Until the seats and their holders are compared again."""
    small = flight(holders=HELD.holders, capacity={"economy": 2}, offloaded=("A",))
    assert applied(small, retimed(small, hours(1))).ledger.offloaded == ("A",)
    assert applied(small, changed(small, "re-equipped", seats={"economy": 3})).ledger.offloaded == ()


def test_a_smaller_aircraft_names_a_party_once() -> None:
    """A later change that leaves the seats as they are repeats nothing."""
    small = flight(holders=HELD.holders, capacity={"economy": 2}, offloaded=("A",))
    assert kinds(small, retimed(small, hours(1))) == ["retimed"]


def test_a_flight_that_leaves_with_too_few_seats_names_the_parties_left_behind() -> None:
    """Chosen again among those who still hold seats: others may have left meanwhile."""
    small = flight(holders=HELD.holders, capacity={"economy": 2}, offloaded=("A", "GONE"))
    departs = changed(small, "departed", phase="departed", seats={"economy": 2})
    assert parties_needed(small, departs) == ("B", "A")
    result = on_change(small, departs, parties={"A": party(1), "B": party(2)})
    assert result is not None
    assert [(f.kind, f.parties) for f in result.facts if isinstance(f, SeatsDisrupted)] == [("downgauged", ("A",))]
    assert result.ledger.offloaded == ("A",)


def test_a_flight_that_leaves_with_a_seat_for_everyone_leaves_no_party_behind() -> None:
    """A party that was to get off, and did not have to, stays."""
    fits = flight(holders=HELD.holders, capacity={"economy": 3}, offloaded=("A",))
    result = applied(fits, changed(fits, "departed", phase="departed", seats={}))
    assert (result.ledger.offloaded, result.facts) == ((), ())


def test_changes_after_the_departure_leave_the_list_of_parties_left_behind() -> None:
    """They may have other seats by then, which makes no room on this flight."""
    left = flight(holders=HELD.holders, capacity={"economy": 2}, phase="departed", offloaded=("A",))
    arrives = changed(left, "arrived", phase="arrived", seats={"economy": 2})
    assert parties_needed(left, arrives) == ()
    assert applied(left, arrives).ledger.offloaded == ("A",)


def test_a_flight_restored_on_a_smaller_aircraft_names_the_offloaded_parties() -> None:
    """They would be kept on it otherwise."""
    closed = flight(holders=HELD.holders, capacity={"economy": 2}, phase="cancelled")
    result = on_change(closed, changed(closed, "restored", phase="scheduled"), parties={"A": party(1), "B": party(2)})
    assert result is not None
    assert [f.kind for f in result.facts if isinstance(f, SeatsDisrupted)] == ["downgauged"]


def test_parties_are_needed_only_when_a_cabin_becomes_too_small() -> None:
    """The usual change loads no bookings."""
    assert parties_needed(HELD, changed(HELD, "cancelled", phase="cancelled", seats={"economy": 1})) == ()
    assert parties_needed(HELD, retimed(HELD, hours(1))) == ()
    assert parties_needed(None, changed(flight(), "scheduled", n=1)) == ()


@pytest.mark.parametrize(
    "changes",
    [
        [("re-equipped", {"seats": {"economy": 9}}), ("re-equipped", {"seats": {"economy": 2}})],
        [("cancelled", {"phase": "cancelled"}), ("restored", {"phase": "scheduled"})],
    ],
    ids=["larger and small again", "cancelled and restored"],
)
def test_the_parties_needed_for_a_group_are_known_before_any_of_it_is_applied(
    changes: list[tuple[Change, Any]],
) -> None:
    """A flight that is too small already may need another choice after an earlier change of the group."""
    small = flight(holders=HELD.holders, capacity={"economy": 2}, offloaded=("A",))
    group = [
        (changed(small, what, **{"n": n, "seats": {"economy": 2}} | more), n)
        for n, (what, more) in enumerate(changes, 2)
    ]
    needed = {pnr for change, _ in group for pnr in parties_needed(small, change)}
    bookings = {pnr: booking(pnr, [small]) for pnr in needed}
    assert apply_changes(group, ledgers={ONE: small}, bookings=bookings).seats[ONE].offloaded == ("A",)


def test_a_group_of_changes_gives_one_ledger_and_all_facts() -> None:
    """Each change is applied to the result of earlier ones, and each token is accounted for."""
    other = flight(TWO)
    group = apply_changes(
        [
            (changed(HELD, "cancelled", n=2, phase="cancelled"), "closes"),
            (changed(HELD, "cancelled", n=2, phase="cancelled"), "again"),
            (changed(HELD, "restored", n=3), "restores"),
            (changed(other, "departed", phase="departed"), "leaves"),
        ],
        ledgers={ONE: HELD, TWO: other},
    )
    numbers = [(token, fact.n) for token, fact in group.facts if not isinstance(fact, JourneyAffected)]
    assert numbers == [("closes", 5), ("restores", 6)]
    assert group.done == ["again", "leaves"]
    assert {key: (ledger.phase, ledger.last_change) for key, ledger in group.seats.items()} == {
        ONE: ("scheduled", 3),
        TWO: ("departed", 2),
    }


@pytest.mark.parametrize(
    ("known", "reported", "held", "authorised", "offloaded"),
    [
        pytest.param((10, 12), (10, 12), 12, {"economy": 12}, (), id="as-it-was"),
        pytest.param((10, 0), (10, 12), 10, {"economy": 12}, (), id="authorised-now"),
        pytest.param((10, 12), (10, 0), 12, {"economy": 12}, (), id="withdrawn-after-the-sale"),
        pytest.param((10, 12), (10, 0), 9, {}, (), id="withdrawn-before-the-sale"),
        pytest.param((10, 12), (9, 11), 12, {}, ("B",), id="a-smaller-aircraft"),
        pytest.param((10, 12), (9, 11), 8, {"economy": 11}, (), id="a-smaller-aircraft-with-room"),
        pytest.param((10, 12), (11, 0), 12, {"economy": 12}, (), id="a-larger-aircraft"),
        pytest.param((10, 12), (10, 8), 10, {}, (), id="fewer-than-its-seats"),
    ],
)
def test_seats_may_be_held_above_the_capacity_by_intent(
    known: tuple[int, int],
    reported: tuple[int, int],
    held: int,
    authorised: dict[Cabin, int],
    offloaded: tuple[Pnr, ...],
) -> None:
    """Only a smaller aircraft takes seats away, and then each holder needs one that exists."""
    holders = {"A": Holding("economy", held - 4), "B": Holding("economy", 4)}
    ledger = flight(
        holders=holders, capacity={"economy": known[0]}, authorised={"economy": known[1]} if known[1] else {}
    )
    change = changed(ledger, "re-equipped", seats={"economy": reported[0]}, authorised={"economy": reported[1]})
    result = on_change(ledger, change, parties={"A": party(held - 4), "B": party(4)} if offloaded else {})
    assert result is not None
    assert (result.ledger.authorised, result.ledger.offloaded) == (authorised, offloaded)


def test_no_party_is_left_behind_by_a_flight_that_is_sold_above_its_capacity_by_intent() -> None:
    """Who does not come is not known here. Whom the airline denies boarding it says itself."""
    ledger = flight(holders={"A": Holding("economy", 12)}, authorised={"economy": 12})
    change = changed(ledger, "departed", phase="departed", authorised={"economy": 12})
    assert parties_needed(ledger, change) == ()
    result = on_change(ledger, change)
    assert result is not None
    assert (result.ledger.offloaded, result.facts) == ((), ())


def test_a_ledger_knows_a_train() -> None:
    """From its first change, and from a later one."""
    train = changed(flight(), "scheduled", n=1, mode="rail")
    assert applied(None, train).ledger.mode == "rail"
    assert applied(flight(), changed(flight(), "re-equipped", mode="coach")).ledger.mode == "coach"

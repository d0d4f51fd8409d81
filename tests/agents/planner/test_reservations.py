"""Seats of a plan are not given to another party until the plan is answered or dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.planner.domain import Reservation, Reservations
from tests.agents.planner.planner_worlds import booking, case, flight, only, outcome

CANCELLED = flight("B6.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
LAST = flight("B6.2", "JFK-MCO", 18, economy=1)
A, B = booking("A", CANCELLED), booking("B", CANCELLED)
PLAN_A, PLAN_B = only(A, [CANCELLED, LAST]), only(B, [CANCELLED, LAST])
ONE_SEAT = {(LAST.flight, "economy"): 1}


def test_a_reserved_seat_is_not_proposed_to_another_party() -> None:
    """The network has it free, and still the next party gets no plan with it."""
    (proposed,) = outcome([case(B)], [CANCELLED, LAST], reserved={(LAST.flight, "economy"): 1})
    assert proposed.verdict == "none"


def test_a_confirmed_reservation_ends_when_its_plan_is_answered() -> None:
    """Answers up to an earlier plan leave it; an answer to its own plan ends it."""
    reservations = Reservations()
    reservations.reserve(PLAN_A, A).confirm(7)
    reservations.settle(6)
    assert dict(reservations.seats) == ONE_SEAT
    reservations.settle(7)
    assert (dict(reservations.seats), ("A", 1) in reservations) == ({}, False)


def test_a_plan_to_keep_reserves_the_party_but_no_seat() -> None:
    """The party holds its seats already, and needs no second plan."""
    who = booking("A", LAST)
    keep = only(who, [flight("B6.2", "JFK-MCO", 19, last_disruption=1)], kind="retimed")
    reservations = Reservations()
    reservations.reserve(keep, who).confirm(7)
    assert (keep.verdict, ("A", 1) in reservations, dict(reservations.seats)) == ("keep", True, {})
    reservations.settle(7)
    assert "A" not in reservations


def test_a_plan_to_strand_is_not_reserved_once_it_is_stored() -> None:
    """The booker does not answer it if another planner has stranded the party already, so the party must stay open to plans."""
    reservations = Reservations()
    reservations.reserve(only(A, [CANCELLED]), A).confirm(7)
    assert "A" not in reservations


def test_a_reservation_is_released_when_its_block_ends() -> None:
    """Releasing it a second time changes nothing."""
    reservations = Reservations()
    with reservations.reserve(PLAN_A, A) as reservation:
        assert (dict(reservations.seats), ("A", 1) in reservations) == (ONE_SEAT, True)
    reservation.release()
    assert (dict(reservations.seats), ("A", 1) in reservations) == ({}, False)


def test_a_reservation_is_released_when_its_block_fails() -> None:
    """Whatever the failure, the seats are free again."""
    reservations = Reservations()
    with pytest.raises(KeyboardInterrupt), reservations.reserve(PLAN_A, A):
        raise KeyboardInterrupt
    assert (dict(reservations.seats), ("A", 1) in reservations) == ({}, False)


def test_a_confirmed_reservation_outlives_its_block() -> None:
    """Leaving the block releases only what is undecided."""
    reservations = Reservations()
    with reservations.reserve(PLAN_A, A) as reservation:
        reservation.confirm(7)
    assert (dict(reservations.seats), ("A", 1) in reservations) == (ONE_SEAT, True)


def test_a_reservation_never_releases_a_later_one_of_the_same_party() -> None:
    """The first was answered inside its block, and the party has been planned again since."""
    reservations = Reservations()
    with reservations.reserve(PLAN_A, A) as first:
        first.confirm(7)
        reservations.settle(7)
        reservations.reserve(PLAN_A, A)
    assert dict(reservations.seats) == ONE_SEAT


def test_undecided_seats_are_not_confirmed() -> None:
    """Their plan may come to nothing, so a party that lacks only them is not turned away for good."""
    reservations = Reservations()
    reservations.reserve(PLAN_A, A).confirm(7)
    reservations.reserve(PLAN_B, B)
    kept, confirmed = reservations.seats[LAST.flight, "economy"], reservations.confirmed[LAST.flight, "economy"]
    assert (kept, confirmed) == (2, 1)


def test_a_party_may_use_the_seats_reserved_for_it() -> None:
    """Planned again while undecided, it does not compete with itself."""
    reservations = Reservations()
    reservations.reserve(PLAN_A, A)
    reservations.reserve(PLAN_B, B)
    assert reservations.others(("A", 1))[LAST.flight, "economy"] == 1


def test_an_undecided_reservation_ends_when_its_party_holds_the_seats() -> None:
    """The ledger may show it before the planner learns that its plan was stored. A seat on another flight ends nothing."""
    reservations = Reservations()
    reservations.reserve(PLAN_A, A)
    reservations.seated({"A", "B"}, CANCELLED.flight)
    assert dict(reservations.seats) == ONE_SEAT
    reservations.seated({"A", "B"}, LAST.flight)
    assert (dict(reservations.seats), ("A", 1) in reservations) == ({}, False)


def test_a_plan_that_is_answered_before_it_is_known_to_be_stored_reserves_nothing() -> None:
    """Its commit has been seen in the ledger, so the seats are not counted twice."""
    reservations = Reservations()
    reservation = reservations.reserve(PLAN_A, A)
    reservations.seated({"A"}, LAST.flight)
    reservations.settle(7)
    reservation.confirm(7)
    assert (dict(reservations.seats), ("A", 1) in reservations) == ({}, False)


def test_reservations_end_in_the_order_of_their_plans_whichever_is_confirmed_first() -> None:
    """Parties that are judged side by side may learn late that their plan was stored."""
    reservations = Reservations()
    reservations.reserve(PLAN_B, B).confirm(8)
    reservations.reserve(PLAN_A, A).confirm(7)
    reservations.settle(7)
    assert (("A", 1) in reservations, ("B", 1) in reservations) == (False, True)


PARTIES = {pnr: booking(pnr, CANCELLED) for pnr in "ABC"}
PLANS = {pnr: only(of, [CANCELLED, LAST]) for pnr, of in PARTIES.items()}
ACTIONS = st.tuples(st.sampled_from(["reserve", "release", "confirm", "settle", "seated"]), st.sampled_from("ABC"))


@given(st.lists(ACTIONS, max_size=30))
def test_the_seats_kept_are_those_of_open_reservations(actions: list[tuple[str, str]]) -> None:
    """After any history: one seat for each reservation that is undecided, or confirmed and not answered, and no other."""
    reservations = Reservations()
    undecided: dict[str, Reservation] = {}
    unanswered: dict[int, str] = {}
    stored = 0
    for action, pnr in actions:
        match action:
            case "reserve" if (pnr, 1) not in reservations:
                undecided[pnr] = reservations.reserve(PLANS[pnr], PARTIES[pnr])
            case "release" if pnr in undecided:
                undecided.pop(pnr).release()
            case "confirm" if pnr in undecided:
                stored += 1
                undecided.pop(pnr).confirm(stored)
                unanswered[stored] = pnr
            case "settle":
                reservations.settle(stored)
                unanswered.clear()
            case "seated":
                reservations.seated({pnr}, LAST.flight)
                undecided.pop(pnr, None)
    kept = len(undecided) + len(unanswered)
    assert dict(reservations.seats) == ({(LAST.flight, "economy"): kept} if kept else {})
    assert {pnr for pnr in PARTIES if (pnr, 1) in reservations} == {*undecided, *unanswered.values()}
    assert reservations.undecided == undecided.keys()

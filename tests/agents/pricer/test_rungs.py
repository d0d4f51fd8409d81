"""Where on the ladder a flight stands, and what moves it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.pricer.domain.rungs import days_rung, next_days_rung, seats_rung
from tests.agents.pricer.pricer_worlds import LADDER, NOW

FLOORS = LADDER.floors(150)
LAST = len(LADDER.seats)


def test_the_default_floors_of_a_cabin_of_150_seats() -> None:
    """The README shows them; back to a lower fare it takes nine seats more."""
    assert (FLOORS, LADDER.margin(150)) == ([45, 18, 6, 1], 9)


@pytest.mark.parametrize(
    ("free", "rung"), [(150, 0), (45, 0), (44, 1), (18, 1), (17, 2), (6, 2), (5, 3), (1, 3), (0, LAST)]
)
def test_a_rung_holds_while_its_share_of_the_seats_is_left(free: int, rung: int) -> None:
    """Beyond the last there is none: the cabin is sold out."""
    assert seats_rung(LADDER, free, capacity=150, known=None) == rung


@pytest.mark.parametrize("rung", range(LAST))
def test_one_seat_back_and_forth_does_not_move_the_rung(rung: int) -> None:
    """A seat that is taken moves it once; freed and taken again, however often, it does not."""
    taken = seats_rung(LADDER, FLOORS[rung] - 1, capacity=150, known=rung)
    assert taken == rung + 1
    for free in (FLOORS[rung], FLOORS[rung] - 1) * 3:
        assert seats_rung(LADDER, free, capacity=150, known=taken) == taken


def test_a_lower_fare_takes_clearly_more_seats() -> None:
    """With nine more than the rung needs it is back."""
    assert seats_rung(LADDER, FLOORS[1] + 8, capacity=150, known=2) == 2
    assert seats_rung(LADDER, FLOORS[1] + 9, capacity=150, known=2) == 1


def test_many_seats_at_once_skip_rungs() -> None:
    """Both ways."""
    assert seats_rung(LADDER, 150, capacity=150, known=LAST) == 0
    assert seats_rung(LADDER, 0, capacity=150, known=0) == LAST


@given(
    capacity=st.integers(1, 300),
    steps=st.lists(st.integers(0, 300), min_size=1, max_size=30),
)
def test_a_rung_never_needs_more_seats_than_are_left(capacity: int, steps: list[int]) -> None:
    """Whatever seats come and go, and whatever the rung was before."""
    known: int | None = None
    for step in steps:
        free = min(step, capacity)
        known = seats_rung(LADDER, free, capacity=capacity, known=known)
        assert free >= (LADDER.floors(capacity)[known] if known < LAST else 0)
        assert (known == LAST) <= (free <= LADDER.margin(capacity))


@pytest.mark.parametrize(
    ("left", "rung"), [(30, 0), (21, 1), (15, 1), (14, 2), (7, 3), (4, 3), (3, 4), (0.1, 4), (-1, 4)]
)
def test_fares_rise_as_days_pass(left: float, rung: int) -> None:
    """A rung of days ends at the instant at which so many are left."""
    assert days_rung(LADDER, NOW + timedelta(days=left), now=NOW, known=None) == rung


def test_a_late_flight_gets_no_cheaper() -> None:
    """It leaves a day later than it did, and stays on its rung."""
    assert days_rung(LADDER, NOW + timedelta(days=4), now=NOW, known=4) == 4


@given(left=st.floats(0.01, 40))
def test_the_next_rung_begins_at_the_instant_that_is_named(left: float) -> None:
    """Until then the rung is the same, and from then on it is the next."""
    departs = NOW + timedelta(days=left)

    def at(now: datetime) -> int:
        return days_rung(LADDER, departs, now=now, known=None)

    begins = next_days_rung(LADDER, departs, now=NOW)
    if begins is None:
        assert at(NOW) == len(LADDER.days) - 1
    else:
        assert at(begins - timedelta(microseconds=1)) == at(NOW)
        assert at(begins) == at(NOW) + 1

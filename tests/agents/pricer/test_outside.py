"""Which of a feed's statuses holds."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.pricer.domain import far_ahead, fare_of, newest
from agents.pricer.domain.outside import known_as, reported_in
from contracts.fares import Fare, FareStatus
from tests.agents.pricer.pricer_worlds import LADDER, NOW, ONE, inventory, open_fare, status

DEAR, CHEAP = open_fare("200", 4), open_fare("100", 4)
FEW = open_fare("100", 2)

fares = st.builds(
    open_fare, st.sampled_from(["100", "150"]), st.integers(1, 3), family=st.sampled_from(["basic", "flex"])
)
statuses = st.builds(status, st.one_of(fares), minute=st.integers(0, 2)) | st.builds(status, minute=st.integers(0, 2))


def heard(*report: FareStatus) -> Fare | None:
    """The state after these, one by one."""
    known: Fare | None = None
    for each in report:
        if won := newest(known, [each]):
            known = fare_of(ONE, inventory(100), known, kilometres=1000, ladder=LADDER, now=NOW, status=won) or known
    return known


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(status(DEAR, minute=2), status(CHEAP, minute=1), id="later"),
        pytest.param(status(FEW), status(CHEAP), id="fewer seats"),
        pytest.param(status(DEAR), status(CHEAP), id="dearer"),
        pytest.param(status(), status(CHEAP), id="none at all"),
        pytest.param(status(open_fare("100", 4, currency="USD"), minute=1), status(CHEAP), id="other currency"),
    ],
)
def test_the_later_status_holds_and_of_one_instant_that_which_promises_less(one: FareStatus, other: FareStatus) -> None:
    """Whichever comes first."""
    assert newest(None, [one, other]) == newest(None, [other, one]) == one


@given(report=st.lists(statuses, min_size=1, max_size=4))
def test_the_order_of_arrival_makes_no_difference(report: list[FareStatus]) -> None:
    """Together or one by one, repeated or not, late or not: the same fares hold at the end."""
    ends = [reported_in(heard(*order, order[0])) for order in permutations(report)]
    together = newest(None, report)
    assert together is not None
    assert all(end == ends[0] for end in ends)
    assert ends[0] is not None
    assert (ends[0].observed_at, ends[0].fares) == (together.observed_at, together.fares)


def test_what_is_repeated_changes_nothing() -> None:
    """There is no status that holds from now on."""
    assert newest(heard(status(CHEAP)), [status(CHEAP)]) is None


def test_a_status_waits_for_its_time() -> None:
    """Clocks may differ by five minutes."""
    assert far_ahead(status(minute=5), now=NOW) is None
    assert far_ahead(status(minute=6), now=NOW) == timedelta(minutes=6)


def test_a_clock_that_is_ahead_outranks_no_later_status() -> None:
    """By one feed, whose clock is four minutes ahead, seats are open; another reports a minute later that they are not."""
    ahead = known_as(status(CHEAP, minute=4), flight=ONE, came_at=NOW)
    later = known_as(status(minute=1), flight=ONE, came_at=NOW + timedelta(minutes=1))
    assert newest(heard(ahead), [later]) == later

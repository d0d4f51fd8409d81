"""Pauses between attempts."""

from datetime import timedelta

import pytest

from llm.backoff import Backoff, retry_after

SECOND = timedelta(seconds=1)
NOON = "Fri, 08 Feb 2013 12:00:00 GMT"


def test_pauses_double_and_have_a_limit() -> None:
    """There is no pause after the last attempt."""
    backoff = Backoff(attempts=6, first=SECOND, most=5 * SECOND)
    pauses = [backoff.wait(attempt, requested=None, jitter=1) for attempt in range(1, 7)]
    assert pauses == [SECOND, 2 * SECOND, 4 * SECOND, 5 * SECOND, 5 * SECOND, None]


def test_half_of_a_pause_is_random() -> None:
    """Calls that failed together do not retry together."""
    assert Backoff(first=4 * SECOND).wait(1, requested=None, jitter=0) == 2 * SECOND


def test_retry_after_is_a_lower_bound() -> None:
    """A longer pause of our own is kept."""
    backoff = Backoff(first=4 * SECOND)
    assert backoff.wait(1, requested=9 * SECOND, jitter=1) == 9 * SECOND
    assert backoff.wait(1, requested=SECOND, jitter=1) == 4 * SECOND


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "3"}, 3 * SECOND),
        ({"retry-after": "0"}, 0 * SECOND),
        ({"retry-after": "999999999999"}, timedelta(days=1)),
        pytest.param({"retry-after": "9" * 5000}, timedelta(days=1), id="more digits than a number may have"),
        ({"retry-after": "Fri, 08 Feb 2013 12:00:30 GMT", "date": NOON}, 30 * SECOND),
        ({"retry-after": "Fri, 08 Feb 2013 11:00:00 GMT", "date": NOON}, 0 * SECOND),
        ({"retry-after": "Fri, 08 Feb 2013 12:00:30 GMT"}, None),
        ({"retry-after": "Fri, 08 Feb 2013 12:00:30", "date": NOON}, None),
        ({"retry-after": f"Fri, 08 Feb {'9' * 20} 12:00:30 GMT", "date": NOON}, None),
        ({"retry-after": f"Fri, 08 Feb 2013 12:00:30 +{'9' * 20}", "date": NOON}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "٣"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_retry_after_is_read_in_both_its_forms(headers: dict[str, str], wait: timedelta | None) -> None:
    """A date is read against the response's own `Date`; malformed values count as absent."""
    assert retry_after(headers) == wait

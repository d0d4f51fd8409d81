"""Deadlines, compared with a plain dict."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bus import Deadlines

T0 = datetime(2013, 2, 8, 12, tzinfo=UTC)

STEPS = st.lists(st.tuples(st.sampled_from("abcdef"), st.none() | st.integers(0, 5), st.integers(0, 6)), max_size=40)


@given(STEPS)
def test_the_earliest_instant_and_the_keys_due_are_those_of_a_plain_dict(
    steps: list[tuple[str, int | None, int]],
) -> None:
    """However often instants are set, replaced, removed and looked at."""
    deadlines, plain = Deadlines(), dict[str, datetime]()
    for key, minutes, later in steps:
        at = None if minutes is None else T0 + timedelta(minutes=minutes)
        deadlines.set(key, at)
        plain.pop(key, None)
        if at:
            plain[key] = at
        now = T0 + timedelta(minutes=later)
        due = sorted((at, key) for key, at in plain.items() if at <= now)
        assert list(deadlines.due(now).items()) == [(key, at) for at, key in due]
        assert deadlines.earliest() == min(plain.values(), default=None)
        assert len(deadlines) == len(plain)

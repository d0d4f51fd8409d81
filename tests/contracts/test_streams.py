"""Streams beside each other."""

from itertools import combinations

import pytest

from contracts.streams import STREAMS, Stream


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("mine.>", "booking.>", False),
        ("mine.>", "mine.a.b", True),
        ("mine.>", "mine", False),
        ("mine.*", "mine.a", True),
        ("mine.*", "mine.a.b", False),
        ("*.a", "mine.>", True),
        ("*.a", "mine.b", False),
        (">", "mine.b", True),
        ("mine.a", "mine.a", True),
    ],
)
def test_two_streams_overlap_where_some_message_would_be_in_both(one: str, other: str, meet: bool) -> None:
    """Whichever of them is asked."""
    first, second = Stream("FIRST", ("else.>", one), ""), Stream("SECOND", (other,), "")
    assert first.overlaps(second) == ([(one, other)] if meet else [])
    assert second.overlaps(first) == ([(other, one)] if meet else [])


def test_the_systems_streams_do_not_overlap() -> None:
    """A server would refuse the second of two that do."""
    assert [(a.name, b.name) for a, b in combinations(STREAMS, 2) if a.overlaps(b)] == []

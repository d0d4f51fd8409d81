"""Trips as a contradiction words them, for a person who has to decide between two."""

from collections.abc import Callable, Iterable

from contracts.ledger import Leg
from contracts.names import day_of, origin_of, spoken

_MORE: tuple[Callable[[Leg], str], ...] = (
    lambda leg: f"from {origin_of(leg.flight)}",
    lambda leg: f"of {day_of(leg.flight).isoformat()}",
    lambda leg: f"in {leg.cabin}",
)
"""What is added to the number of each flight where that is not enough."""


def worded(legs: Iterable[Leg], *more: Callable[[Leg], str]) -> str:
    """`B6 1 and B6 2`, each with more about it."""
    return " and ".join(" ".join((spoken(leg.flight), *(add(leg) for add in more))) for leg in legs)


def unlike(one: tuple[Leg, ...], other: tuple[Leg, ...]) -> tuple[str, str]:
    """Two trips in words that differ: by the numbers of their flights, or by the first of what a leg has besides."""
    for more in ((), *((add,) for add in _MORE)):
        words = worded(one, *more), worded(other, *more)
        if words[0] != words[1]:
            return words
    return worded(one, *_MORE), worded(other, *_MORE)

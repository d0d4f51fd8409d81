"""Random generators, one for each thing that is drawn, so that no draw shifts another.

A flight's parties, its announcements and its aircraft each have their own generator, named by the seed and the flight's key:
reading more days, or changing one model, leaves the other draws as they were. A generator seeded by text gives the same
numbers on every Python from 3.2 on.
"""

from collections.abc import Mapping
from random import Random
from typing import TypeVar

T = TypeVar("T")


def generator(seed: int, *name: str) -> Random:
    return Random(f"{seed} {' '.join(name)}")


def table(permille: Mapping[T, int]) -> tuple[T, ...]:
    """A thousand entries with these shares: `entries[int(rng.random() * 1000)]` is a draw.

    Raises ValueError unless the shares add up to a thousand.
    """
    entries = tuple(value for value, share in permille.items() for _ in range(share))
    if len(entries) != 1000:
        raise ValueError(f"the shares add up to {len(entries)} in a thousand")
    return entries

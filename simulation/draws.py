"""Random streams, one per thing that is drawn, so that no draw shifts another.

A flight's parties, its announcements and its aircraft each have their own stream, named by the seed and the flight's key:
reading more days, or changing one model, leaves the others' draws as they were. Seeding by text is the same in every Python
from 3.2 on.
"""

from collections.abc import Mapping
from random import Random
from typing import TypeVar

T = TypeVar("T")


def stream(seed: int, *name: str) -> Random:
    return Random(f"{seed} {' '.join(name)}")


def table(permille: Mapping[T, int]) -> tuple[T, ...]:
    """A thousand entries with these shares: `entries[int(rng.random() * 1000)]` is a draw.

    Raises `ValueError` unless the shares add up to a thousand.
    """
    entries = tuple(value for value, share in permille.items() for _ in range(share))
    if len(entries) != 1000:
        raise ValueError(f"the shares add up to {len(entries)} in a thousand")
    return entries

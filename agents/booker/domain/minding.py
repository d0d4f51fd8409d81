"""Who has to sit beside whom: each minor beside the one who has it in their care, or else beside any adult of its party.

*Beside* is next to each other in one row with no aisle between, as the US Department of Transportation has it for families
(proposed 14 CFR part 259, "adjacent seats"). An adult has a neighbour on either side, so minds two minors at most, sitting
between them. So a party is so many threes (two minors and their adult), so many twos, and the rest; and there are seats for it
if there are free runs of neighbours that these fit in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from contracts.passengers import Passenger

_MOST = 2


@dataclass(frozen=True, slots=True)
class Care:
    """The minors of a party and those who may mind them, by their places among its seats."""

    wards: tuple[tuple[int, int | None], ...]
    """Each minor, and the one who has it in their care; None: any of `adults`."""
    adults: tuple[int, ...]

    def clusters(self) -> Iterator[list[tuple[int, ...]]]:
        """The ways to divide the minors among the adults: of each adult who minds some, who sits side by side, in order. None
        where an adult would have to mind more than two."""
        return iter(_clusters(self))


def care_of(seated: Sequence[Passenger]) -> Care | None:
    """What the minors among those who have a seat need; None where there are none, or no one to mind them."""
    adults = tuple([at for at, person in enumerate(seated) if not person.is_minor])
    if not adults or len(adults) == len(seated):
        return None
    by_id = {seated[at].id: at for at in adults}
    wards = [
        (at, by_id.get(person.escort) if person.escort is not None else None)
        for at, person in enumerate(seated)
        if person.is_minor
    ]
    return Care(tuple(wards), adults)


@lru_cache(1 << 10)
def _clusters(care: Care) -> tuple[list[tuple[int, ...]], ...]:
    own: dict[int, list[int]] = {adult: [] for adult in care.adults}
    for minor, adult in care.wards:
        if adult is not None:
            own[adult].append(minor)
    if any(len(minors) > _MOST for minors in own.values()):
        return ()
    anyones = [minor for minor, adult in care.wards if adult is None]
    minding = [adult for adult, minors in own.items() if len(minors) == 1]
    idle = [adult for adult, minors in own.items() if not minors]
    ways = []
    for second in range(min(len(minding), len(anyones)) + 1):  # adults with one in their care who mind another one
        for pairs in range(min(len(idle), (len(anyones) - second) // 2) + 1):  # adults who mind two
            singles = len(anyones) - second - 2 * pairs
            if singles > len(idle) - pairs:
                continue
            left, divided = list(anyones), {adult: list(minors) for adult, minors in own.items()}
            for adult in (
                *minding[:second],
                *(each for each in idle[:pairs] for _ in range(2)),
                *idle[pairs:][:singles],
            ):
                divided[adult].append(left.pop(0))
            threes_and_twos = [_side_by_side(adult, minors) for adult, minors in divided.items() if minors]
            ways.append(sorted(threes_and_twos, key=len, reverse=True))
    return tuple(sorted(ways, key=lambda way: sum(len(cluster) == 3 for cluster in way)))


def _side_by_side(adult: int, minors: Sequence[int]) -> tuple[int, ...]:
    return (minors[0], adult, minors[1]) if len(minors) > 1 else (adult, minors[0])


@lru_cache(1 << 14)
def pack(sizes: tuple[int, ...], runs: tuple[int, ...]) -> tuple[int, ...] | None:
    """Get the run that each of these lengths, of 3 and 2 and the threes first, is laid in; None if they do not all fit.

    Twos fit wherever there is room for two: only where the threes lie has to be tried out.
    """
    if not sizes:
        return ()
    size = sizes[0]
    if sum(sizes) > sum(runs) or (size == 2 and len(sizes) > sum(length // 2 for length in runs)):
        return None
    tried: set[int] = set()
    for at, length in enumerate(runs):
        if length < size or length in tried:
            continue
        tried.add(length)
        rest = pack(sizes[1:], (*runs[:at], length - size, *runs[at + 1 :]))
        if rest is not None:
            return (at, *rest)
    return None

"""Which seats a party gets, by number: the same for the same party and the same seats free.

In order of weight:

1. Never a seat that is held, blocked, of another cabin or unknown; in exit rows only parties in which each may sit there.
2. Minors beside their adults (`minding`), whenever there are such seats.
3. The seats that the party had on this flight, or comes with, as far as they are free.
4. Together: neighbours in one block, else across an aisle, else in one row, else in as few rows as possible.
5. At a window or an aisle, as the party prefers; a bassinet for an infant on a lap; extra legroom as it had it.
6. What leaves others the longest runs of neighbours.

Rows in front come first among equals.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from agents.booker.domain.minding import Care, care_of, pack
from agents.booker.domain.seatmaps import Free, Row, SeatMap, Shape
from contracts.layouts import SeatNumber
from contracts.ledger import Booking, SeatPreference
from contracts.names import Cabin
from contracts.passengers import Ssr, with_seats

Numbers = tuple[SeatNumber, ...]
NOT_AT_AN_EXIT: frozenset[Ssr] = frozenset(
    {
        "UMNR", "CHLD", "INFT", "BSCT", "WCHR", "WCHS", "WCHC", "WCBD", "BLND", "DEAF", "DPNA", "MAAS", "MEDA", "STCR", "OXYG",
        "PETC", "EXST",
    }
)  # fmt: skip
"""SSR codes of a party of which some may not be able, or willing, to open an exit and help others out (14 CFR 121.585 (b)): no
party with one sits in an exit row."""


class Request(NamedTuple):
    """A party that needs seats by number."""

    cabin: Cabin
    seats: int
    may_exit: bool = True
    """Whether each may sit in an exit row."""
    care: Care | None = None
    preference: SeatPreference = "none"
    bassinet: bool = False
    extra: bool = False
    """It has seats with extra legroom."""
    had: Numbers = ()
    """Of each seat, the one that it had; empty where there is none. Or nothing at all."""


def request_of(booking: Booking, cabin: Cabin, seats: int, *, had: Numbers = (), extra: bool = False) -> Request:
    """What the party needs in this cabin."""
    party = booking.party
    seated = with_seats(booking.passengers, seats) if booking.passengers else []
    on_laps = party.passengers > seats
    fit = not on_laps and NOT_AT_AN_EXIT.isdisjoint(party.ssrs) and not any(each.is_minor for each in seated)
    return Request(
        cabin,
        seats,
        may_exit=fit,
        care=care_of(seated) if not fit else None,
        preference=party.preference,
        bassinet=on_laps or "BSCT" in party.ssrs,
        extra=extra,
        had=had,
    )


def assign(seats: SeatMap, free: Free, request: Request) -> Numbers:
    """The party's seats, one for each that it needs; empty if there are not so many that it may have. Nothing is changed."""
    rows = seats.rows.get(request.cabin)
    if not rows:
        return ()
    open_ = free[request.cabin]
    if not request.may_exit:
        open_ = [0 if row.shape.is_exit else left for row, left in zip(rows, open_, strict=True)]
    care = request.care
    if request.had and (kept := _kept(seats, open_, request)):
        if care is None or minded(seats, kept, care):
            return kept
    else:
        kept = ()
    found = _in_one_row(rows, open_, request, care) or _in_rows(rows, open_, request, care)
    if found is None and care is not None:
        return kept or _with_less_care(rows, open_, request, care)
    return found or ()


def _with_less_care(rows: Sequence[Row], open_: Sequence[int], request: Request, care: Care) -> Numbers:
    """Not all minors can be minded: as many of them as can, the first ones."""
    for count in range(len(care.wards) - 1, 0, -1):
        less = Care(care.wards[:count], care.adults)
        if found := _in_one_row(rows, open_, request, less) or _in_rows(rows, open_, request, less):
            return found
    return _in_one_row(rows, open_, request, None) or _in_rows(rows, open_, request, None) or ()


def minded(seats: SeatMap, numbers: Sequence[SeatNumber], care: Care) -> bool:
    """Whether each minor sits beside the one who has it in their care, or beside an adult."""
    return all(
        any(beside(seats, numbers[minor], numbers[adult]) for adult in (care.adults if own is None else (own,)))
        for minor, own in care.wards
    )


def beside(seats: SeatMap, one: SeatNumber, other: SeatNumber) -> bool:
    """Whether these are neighbours in one row, with no aisle between."""
    here, there = seats.places.get(one), seats.places.get(other)
    if here is None or there is None or here[:2] != there[:2]:
        return False
    pair = here.bit | there.bit
    neighbours = here.bit << 1 == there.bit or there.bit << 1 == here.bit
    return neighbours and any(pair & block == pair for block in seats.rows[here.cabin][here.row].shape.blocks)


# Seats that the party had.


def _kept(seats: SeatMap, open_: Sequence[int], request: Request) -> Numbers:
    """The party's own seats, with the nearest ones for those of it who had none; empty where one of them is not to be had."""
    if len(request.had) != request.seats:
        return ()
    left, own = list(open_), list[tuple[int, int]]()
    for number in filter(None, request.had):
        place = seats.places.get(number)
        if place is None or place.cabin != request.cabin or not left[place.row] & place.bit:
            return ()
        left[place.row] &= ~place.bit
        own.append((place.row, place.bit))
    if not own:
        return ()
    numbers = list(request.had)
    for at, number in enumerate(numbers):
        if not number:
            nearest = _nearest(left, own)
            if nearest is None:
                return ()
            row, bit = nearest
            left[row] &= ~bit
            own.append(nearest)
            numbers[at] = next(seats.named(request.cabin, row, bit))
    return tuple(numbers)


def _nearest(left: Sequence[int], own: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """The free seat that is the nearest to any of these: one row counts as three seats."""
    candidates = [
        (row, 1 << bit) for row, mask in enumerate(left) for bit in range(mask.bit_length()) if mask >> bit & 1
    ]

    def distance(seat: tuple[int, int]) -> int:
        return min(3 * abs(seat[0] - row) + abs(seat[1].bit_length() - bit.bit_length()) for row, bit in own)

    return min(candidates, key=lambda seat: (distance(seat), seat), default=None)


# In one row.


def _in_one_row(rows: Sequence[Row], open_: Sequence[int], request: Request, care: Care | None) -> Numbers | None:
    count = request.seats
    wish = (count, request.preference, request.bassinet, request.extra, care)
    lowest, chosen = 1 << 30, None
    for at, left in enumerate(open_):
        if left.bit_count() < count:
            continue
        shape = rows[at].shape
        key = (left, wish)
        best = shape.best.get(key)
        if best is None:
            best = shape.best[key] = _best(shape, left, request, care)
        if best[0] < lowest:
            lowest, chosen = best[0], (at, best[1])
    if chosen is None:
        return None
    at, bits = chosen
    names = rows[at].names
    return tuple([names[bit] for bit in bits])


_IMPOSSIBLE: tuple[int, tuple[int, ...]] = (1 << 30, ())


def _best(shape: Shape, left: int, request: Request, care: Care | None) -> tuple[int, tuple[int, ...]]:
    """The weight of the best seats for the party in such a row, lower is better, and the bit of each person's seat."""
    bits = [bit for bit in range(left.bit_length()) if left >> bit & 1]
    best = _IMPOSSIBLE
    for chosen in combinations(bits, request.seats):
        mask = sum(1 << bit for bit in chosen)
        weight = _weight(shape, left, mask, request)
        if weight < best[0]:
            order = _laid_out([(0, run) for run in shape.runs(mask)], request.seats, care) if care else None
            if care is None:
                best = weight, chosen
            elif order is not None:
                best = weight, tuple([bit.bit_length() - 1 for _, bit in order])
    return best


def _weight(shape: Shape, left: int, mask: int, request: Request) -> int:
    if any(mask & block == mask for block in shape.blocks):
        apart = 0 if len(shape.runs(mask)) == 1 else 2
    else:
        apart = 1 if _is_one_string(mask) else 2
    unmet = (request.preference == "window" and not mask & shape.windows) or (
        request.preference == "aisle" and not mask & shape.aisles
    )
    bassinet = bool(mask & shape.bassinets) != request.bassinet and (request.bassinet or bool(mask & shape.bassinets))
    legroom = request.extra and not mask & shape.extra
    before, after = shape.runs(left), shape.runs(left & ~mask)
    alone = sum(run.bit_count() == 1 for run in after) - sum(run.bit_count() == 1 for run in before)
    torn = len(after) - len(before) + alone
    return 1000 * apart + 100 * unmet + 60 * bassinet + 50 * legroom + 5 * torn - shape.is_exit


def _is_one_string(mask: int) -> bool:
    low = mask & -mask
    return (mask // low) & (mask // low + 1) == 0


# In several rows.


def _in_rows(rows: Sequence[Row], open_: Sequence[int], request: Request, care: Care | None) -> Numbers | None:
    """In as few neighbouring rows as there have to be, the first such ones."""
    counts = [left.bit_count() for left in open_]
    if sum(counts) < request.seats:
        return None
    for width in range(1, len(rows) + 1):
        for first in range(len(rows) - width + 1):
            if sum(counts[first : first + width]) < request.seats:
                continue
            runs = [
                (at, run) for at in range(first, first + width) for run in rows[at].shape.runs(open_[at])
            ]  # fmt: skip
            if order := _laid_out(runs, request.seats, care):
                return tuple([rows[at].names[bit.bit_length() - 1] for at, bit in order])
    return None


def _laid_out(runs: Sequence[tuple[int, int]], count: int, care: Care | None) -> list[tuple[int, int]] | None:
    """The (row, bit) of each person's seat, in these runs; None if minors cannot all be minded there."""
    if care is None:
        return _longest_first(runs, count)
    lengths = tuple([run.bit_count() for _, run in runs])
    for clusters in care.clusters():
        laid = pack(tuple([len(cluster) for cluster in clusters]), lengths)
        if laid is not None:
            return _people_in(runs, count, clusters, laid)
    return None


def _people_in(
    runs: Sequence[tuple[int, int]], count: int, clusters: Sequence[tuple[int, ...]], laid: Sequence[int]
) -> list[tuple[int, int]] | None:
    seats = [[(row, bit) for bit in _bits(run)] for row, run in runs]
    people: dict[int, tuple[int, int]] = {}
    for cluster, run in zip(clusters, laid, strict=True):
        for person in cluster:
            people[person] = seats[run].pop(0)
    left = [0] * (1 + max(row for row, _ in runs))
    for row, bit in (seat for run in seats for seat in run):
        left[row] |= bit
    for person in range(count):
        if person not in people:
            nearest = _nearest(left, list(people.values()))
            if nearest is None:
                return None
            people[person] = nearest
            left[nearest[0]] &= ~nearest[1]
    return [people[person] for person in range(count)]


def _longest_first(runs: Iterable[tuple[int, int]], count: int) -> list[tuple[int, int]] | None:
    """As many as fit into the longest run, the others likewise."""
    seats: list[tuple[int, int]] = []
    for row, run in sorted(runs, key=lambda each: (-min(each[1].bit_count(), count), each[1].bit_count(), each)):
        seats += [(row, bit) for bit in _bits(run)][: count - len(seats)]
        if len(seats) == count:
            return sorted(seats)
    return None


def _bits(run: int) -> Iterator[int]:
    while run:
        low = run & -run
        yield low
        run &= ~low

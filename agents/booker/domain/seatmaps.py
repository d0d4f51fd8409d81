"""The seats of a layout as assigning them needs them: rows of bits, by cabin.

A row's seats are bits from one side of the aircraft to the other. A *block* is the seats between two aisles, or between an
aisle and a wall; two seats are beside each other where they are neighbours in one block. What is free is one number for
each row.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from contracts.layouts import Layout, LayoutName, SeatNumber
from contracts.ledger import SeatLedger
from contracts.names import Cabin, FlightKey, Pnr

Free = dict[Cabin, list[int]]
"""Of each row of each cabin, the seats that can be given out, as bits."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What rows have in common that differ in number alone."""

    blocks: tuple[int, ...]
    windows: int
    aisles: int
    bassinets: int
    extra: int
    is_exit: bool
    best: dict[Any, Any] = field(default_factory=dict, compare=False)
    """Answers that were worked out for this shape: what is best is the same whenever the same seats are free."""

    def runs(self, seats: int) -> list[int]:
        """The longest strings of neighbours among these seats, each as bits, from one side to the other."""
        found: list[int] = []
        for block in self.blocks:
            left = seats & block
            while left:
                run = low = left & -left
                while (low := low << 1) & left:
                    run |= low
                found.append(run)
                left &= ~run
        return found


class Row(NamedTuple):
    names: tuple[SeatNumber, ...]
    """By bit; also of seats that there are not."""
    usable: int
    shape: Shape


class Place(NamedTuple):
    """Where a seat is."""

    cabin: Cabin
    row: int
    """Its row's place in the cabin."""
    bit: int


class SeatMap:
    """A layout, by cabin."""

    def __init__(self, layout: Layout) -> None:
        self.rows: dict[Cabin, list[Row]] = {}
        self.places: dict[SeatNumber, Place] = {}
        """Of the seats that may be given out."""
        exists, shapes = layout.cabin_of(), dict[Shape, Shape]()
        for number, section in layout.rows():
            names = tuple(f"{number}{letter}" for letter in section.letters if letter != " ")
            seats = {name for name in names if name in exists}
            positions = _positions(number, section.letters) | layout.positions

            def mask(named: Iterable[SeatNumber], names: tuple[SeatNumber, ...] = names) -> int:
                return sum(1 << names.index(name) for name in set(named).intersection(names))

            usable = mask(seats.difference(layout.blocked))
            shape = Shape(
                blocks=tuple(_blocks(section.letters)),
                windows=mask(name for name in seats if positions[name] == "window"),
                aisles=mask(name for name in seats if positions[name] == "aisle"),
                bassinets=mask(layout.bassinets),
                extra=mask(layout.extra_legroom),
                is_exit=number in layout.exits,
            )
            rows = self.rows.setdefault(section.cabin, [])
            for bit, name in enumerate(names):
                if usable >> bit & 1:
                    self.places[name] = Place(section.cabin, len(rows), 1 << bit)
            rows.append(Row(names, usable, shapes.setdefault(shape, shape)))

    def free(self, numbers: Mapping[Pnr, tuple[SeatNumber, ...]]) -> Free:
        """What is left where these are held."""
        free = {cabin: [row.usable for row in rows] for cabin, rows in self.rows.items()}
        for held in numbers.values():
            take(self, free, held)
        return free

    def named(self, cabin: Cabin, row: int, seats: int) -> Iterator[SeatNumber]:
        """These seats of a row, from one side to the other."""
        names = self.rows[cabin][row].names
        return (name for bit, name in enumerate(names) if seats >> bit & 1)


def take(seats: SeatMap, free: Free, numbers: Iterable[SeatNumber]) -> None:
    """Take these out of what is free."""
    for number in numbers:
        if place := seats.places.get(number):
            free[place.cabin][place.row] &= ~place.bit


def give_back(seats: SeatMap, free: Free, numbers: Iterable[SeatNumber]) -> None:
    """Have these free again."""
    for number in numbers:
        if place := seats.places.get(number):
            free[place.cabin][place.row] |= place.bit


class Layouts:
    """The layouts that are known. What is free on a flight is remembered for as long as its ledger is the same."""

    def __init__(self, layouts: Iterable[Layout] = ()) -> None:
        self._maps = {layout.layout: SeatMap(layout) for layout in layouts}
        self._free: dict[FlightKey, tuple[object, LayoutName, Free]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._maps

    def add(self, layout: Layout) -> None:
        """Know one more. What a name stands for stays as it was first known."""
        self._maps.setdefault(layout.layout, SeatMap(layout))

    def __getitem__(self, name: LayoutName) -> SeatMap:
        return self._maps[name]

    def get(self, name: LayoutName | None) -> SeatMap | None:
        return self._maps.get(name) if name is not None else None

    def free(self, ledger: SeatLedger) -> Free:
        """What is free on a flight whose layout is known; the caller's own copy."""
        assert ledger.layout is not None
        known = self._free.get(ledger.flight)
        if known is None or known[0] is not ledger.numbers or known[1] != ledger.layout:
            self.remember(ledger, self._maps[ledger.layout].free(ledger.numbers))
            known = self._free[ledger.flight]
        return {cabin: rows.copy() for cabin, rows in known[2].items()}

    def remember(self, ledger: SeatLedger, free: Free) -> None:
        """Note what is free on a flight as this ledger has it."""
        assert ledger.layout is not None
        self._free[ledger.flight] = (ledger.numbers, ledger.layout, free)


def _blocks(letters: str) -> Iterator[int]:
    first = 0
    for block in letters.split(" "):
        yield ((1 << len(block)) - 1) << first
        first += len(block)


def _positions(number: int, letters: str) -> dict[SeatNumber, str]:
    found: dict[SeatNumber, str] = {}
    for at, letter in enumerate(letters):
        if letter == " ":
            continue
        beside_aisle = " " in letters[max(at - 1, 0) : at + 2]
        at_window = at in (0, len(letters) - 1)
        found[f"{number}{letter}"] = "window" if at_window else "aisle" if beside_aisle else "middle"
    return found

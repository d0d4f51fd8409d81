"""Layouts for the record's flights, and who sits where.

The record knows how many seats an aircraft has, not which. So each number of seats has one generic layout, our assumption:
rows of 1-2 up to 50 seats (as an ERJ 145), 2-2 up to 110 (a CRJ 900, an E 190), 3-3 up to 240 (an A320, a 737), else 2-4-2
(an A330); first class has fewer abreast. Rows are numbered from 1 without a gap, first class in front; the last row of a cabin
lacks the seats that there are not, on the right. Half way down economy there is one exit row, two from 100 seats on. The first
row of economy takes bassinets, and has more legroom, as exit rows have.

Parties sit one behind the other: first those that may not sit at an exit, then the others, at the exits before elsewhere.
"""

from collections.abc import Iterable, Iterator
from functools import cache

from msgspec import structs

from contracts.flights import FlightStatus
from contracts.layouts import Layout, LayoutName, SeatNumber, Section
from contracts.ledger import Booking
from contracts.names import Cabin, Pnr
from contracts.passengers import Ssr
from simulation.fleet import SOLD, Seats
from simulation.parties import SeededFlight

_LETTERS: tuple[tuple[int, dict[Cabin, str]], ...] = (
    (50, {"first": "A B", "economy": "A BC"}),
    (110, {"first": "A BC", "economy": "AB CD"}),
    (240, {"first": "AB CD", "economy": "ABC DEF"}),
    (1 << 30, {"first": "A BC D", "economy": "AB CDEF GH"}),
)
"""Up to so many seats: the letters of a row."""
_TWO_EXIT_ROWS = 100
_NOT_AT_AN_EXIT: frozenset[Ssr] = frozenset(
    {
        "UMNR", "CHLD", "INFT", "BSCT", "WCHR", "WCHS", "WCHC", "WCBD", "BLND", "DEAF", "DPNA", "MAAS", "MEDA", "STCR", "OXYG",
        "PETC", "EXST",
    }
)  # fmt: skip


def layout_of(seats: Seats) -> Layout:
    """The generic layout with these numbers of seats, at least one of them."""
    return _layout(*(seats.get(cabin, 0) for cabin in SOLD))


@cache
def _layout(first: int, economy: int) -> Layout:
    letters = next(each for most, each in _LETTERS if first + economy <= most)
    sections: list[Section] = []
    absent: list[SeatNumber] = []
    row = 1
    for cabin, count in zip(SOLD, (first, economy), strict=True):
        if count:
            across = letters[cabin].replace(" ", "")
            rows = -(-count // len(across))
            sections.append(Section(cabin=cabin, first=row, last=row + rows - 1, letters=letters[cabin]))
            absent += [f"{row + rows - 1}{letter}" for letter in across[len(across) - (rows * len(across) - count) :]]
            row += rows
    last = sections[-1]
    middle = (last.first + last.last + 1) // 2
    exits = (middle, middle + 1) if economy >= _TWO_EXIT_ROWS else (middle,) if last.last > last.first else ()
    front = [f"{last.first}{letter}" for letter in last.letters if letter != " "]
    roomy = [*front, *(f"{each}{letter}" for each in exits for letter in last.letters if letter != " ")]
    return Layout(
        layout=f"generic-{first}-{economy}",
        sections=tuple(sections),
        absent=tuple(absent),
        exits=exits,
        bassinets=tuple(each for each in front if each not in absent),
        extra_legroom=tuple(dict.fromkeys(each for each in roomy if each not in absent)),
    )


def with_numbers(seeded: SeededFlight) -> SeededFlight:
    """The flight with its generic layout, and its parties in seats of it."""
    layout = layout_of(seeded.flight.seats)
    numbers = dict(_seated(layout, seeded.bookings))
    return SeededFlight(
        structs.replace(seeded.flight, layout=layout.layout),
        structs.replace(seeded.seat_ledger, layout=layout.layout, numbers=numbers),
        seeded.bookings,
    )


def with_layout(status: FlightStatus) -> FlightStatus:
    """The status with the generic layout of its seats, if it has any."""
    return structs.replace(status, layout=layout_of(status.seats).layout) if status.seats else status


def layouts_of(flights: Iterable[SeededFlight], statuses: Iterable[FlightStatus]) -> dict[LayoutName, Layout]:
    """Every layout that these name, by name."""
    seats = [*(each.flight.seats for each in flights), *(each.seats for each in statuses if each.seats)]
    return {layout.layout: layout for layout in map(layout_of, seats)}


def _seated(layout: Layout, bookings: Iterable[Booking]) -> Iterator[tuple[Pnr, tuple[SeatNumber, ...]]]:
    """Each party's seats. One that may not sit at an exit, where no other seats are left, has none."""
    at_exits: dict[Cabin, list[SeatNumber]] = {cabin: [] for cabin in SOLD}
    others: dict[Cabin, list[SeatNumber]] = {cabin: [] for cabin in SOLD}
    for number, cabin in reversed(layout.cabin_of().items()):
        (at_exits if int(number[:-1]) in layout.exits else others)[cabin].append(number)
    for booking in sorted(bookings, key=_is_fit):
        seats, cabin = booking.party.seats, booking.all_legs[0].cabin
        left = others[cabin]
        if _is_fit(booking):
            left += at_exits[cabin]
            at_exits[cabin] = []
        if len(left) >= seats:
            yield booking.pnr, tuple([left.pop() for _ in range(seats)])


def _is_fit(booking: Booking) -> bool:
    """Whether the party may sit at an exit."""
    party = booking.party
    return party.passengers == party.seats and _NOT_AT_AN_EXIT.isdisjoint(party.ssrs)

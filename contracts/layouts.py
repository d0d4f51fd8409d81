"""Layouts: which seats an aircraft has, by number, and what each is like.

Any feed says `Layout` before it names the layout in a flight's status. What a name stands for never changes: another
arrangement of seats has another name, since flights have seats given out by the first one.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.names import Cabin
from contracts.subject import Subject

LayoutName = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$(?!\n)", description="a layout's name of letters, digits, - and _, at most 40"),
]
SeatNumber = Annotated[
    str, Meta(pattern=r"^[1-9][0-9]{0,2}[A-Z]$(?!\n)", description="a seat's number", examples=["12A"])
]
"""Row and letter, as signs on board have it."""
Position = Literal["window", "aisle", "middle"]
"""A seat that is both at a window and at an aisle is at a window."""
Rows = Annotated[int, Meta(ge=1, le=999, description="a row, 1 to 999")]


class Section(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Rows, one behind the other, with the same seats and in the same cabin."""

    cabin: Cabin
    first: Rows
    last: Rows
    letters: Annotated[
        str,
        Meta(
            pattern=r"^[A-Z]+( [A-Z]+)*$(?!\n)",
            max_length=30,
            description="letters of seats, with a space for each aisle",
        ),
    ]
    """From one side to the other, a space for each aisle: `ABC DEF`."""
    skipped: tuple[int, ...] = ()
    """Rows of these that there are not, such as 13."""


class Layout(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The seats of an aircraft. A seat is in one section, and what is named of a seat is of one that there is."""

    layout: LayoutName
    sections: tuple[Section, ...]
    absent: tuple[SeatNumber, ...] = ()
    """Seats that a section has by its letters, and the aircraft does not."""
    positions: dict[SeatNumber, Position] = {}
    """Seats that are not what their letter says: without a window, or beside a door. Else the first and the last seat of a row
    are at a window, one beside an aisle is at the aisle, and any other is in the middle."""
    exits: tuple[Rows, ...] = ()
    """Rows beside an emergency exit: only those sit there who can open it and help (14 CFR 121.585)."""
    bassinets: tuple[SeatNumber, ...] = ()
    """Seats that a bassinet can be fixed in front of."""
    extra_legroom: tuple[SeatNumber, ...] = ()
    blocked: tuple[SeatNumber, ...] = ()
    """Seats that are given to no one: for the crew, or out of order."""

    def rows(self) -> Iterator[tuple[int, Section]]:
        """Each row with its section, in the order of the sections."""
        for section in self.sections:
            for row in range(section.first, section.last + 1):
                if row not in section.skipped:
                    yield row, section

    def cabin_of(self) -> dict[SeatNumber, Cabin]:
        """Every seat that there is, blocked ones too, with its cabin."""
        absent = frozenset(self.absent)
        numbered = (
            (f"{row}{letter}", section.cabin)
            for row, section in self.rows()
            for letter in section.letters
            if letter != " "
        )
        return {number: cabin for number, cabin in numbered if number not in absent}


def layout_fault(layout: Layout) -> str | None:
    """Get what is wrong with the layout, in one line, or None."""
    return next(_faults(layout), None)


def _faults(layout: Layout) -> Iterator[str]:
    for section in layout.sections:
        if section.last < section.first:
            yield f"a section ends at row {section.last}, before its first row, {section.first}"
        letters = section.letters.replace(" ", "")
        if twice := next((letter for letter in letters if letters.count(letter) > 1), None):
            yield f"rows {section.first} to {section.last} have {twice} twice"
    rows = [row for row, _ in layout.rows()]
    if again := next((row for row in rows if rows.count(row) > 1), None):
        yield f"row {again} is in two sections"
    if missing := next((row for row in layout.exits if row not in rows), None):
        yield f"row {missing} is an exit row, and there is none"
    seats = layout.cabin_of()
    if not seats:
        yield "it has no seats"
    named = (*layout.positions, *layout.bassinets, *layout.extra_legroom, *layout.blocked)
    if unknown := next((number for number in named if number not in seats), None):
        yield f"it names seat {unknown}, and there is none"


LAYOUT = Subject("layout.state.{layout}", Layout, "LAYOUTS")
"""any feed -> booker, anyone"""

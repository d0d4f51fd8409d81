"""Seats that a party asks for by number: why it may not have them, what they are, and which others come near.

Whether it may is for `seating` to say, which gives a party the seats that it comes with wherever it may have them.
"""

from collections.abc import Collection, Iterable

from agents.booker.domain.seating import Numbers, Request, assign
from agents.booker.domain.seatmaps import Free, SeatMap
from contracts.layouts import SeatNumber
from contracts.ledger import SeatPreference


def seats_fault(seats: SeatMap, open_: Free, request: Request) -> str:
    """Why the party may not sit where it asks to (`request.had`), in one line; empty: it may. `open_`: what is free, and what
    it has itself."""
    asked = request.had
    if len(asked) != request.seats:
        return f"{request.seats} seats are needed, and {len(asked)} asked for"
    for number in asked:
        if fault := _fault(seats, open_, request, number):
            return fault
    if len(set(asked)) < len(asked):
        return "a seat is named twice"
    return "" if assign(seats, open_, request) == asked else "a minor would sit away from its adult"


def _fault(seats: SeatMap, open_: Free, request: Request, number: SeatNumber) -> str:
    place = seats.places.get(number)
    if place is None:
        return f"there is no seat {number} that is given out"
    if place.cabin != request.cabin:
        return f"seat {number} is in {place.cabin}, and the party flies in {request.cabin}"
    if not open_[place.cabin][place.row] & place.bit:
        return f"seat {number} is taken"
    if seats.rows[place.cabin][place.row].shape.is_exit and not request.may_exit:
        return f"seat {number} is in an exit row, where not all of the party may sit"
    return ""


def others_near(seats: SeatMap, open_: Free, request: Request) -> Numbers:
    """Free seats in place of those asked for that the party may not have: beside the others, or else like them; empty: none."""
    had = tuple("" if _fault(seats, open_, request, number) else number for number in request.had)
    kinds = kinds_of(seats, request.had)
    preference: SeatPreference = "window" if "window" in kinds else "aisle" if "aisle" in kinds else "none"
    return assign(seats, open_, request._replace(had=had, preference=preference, extra="extra_legroom" in kinds))


def kinds_of(seats: SeatMap, numbers: Iterable[SeatNumber]) -> Collection[str]:
    """What these seats are, as fare rules name it. Of one that is not given out nothing is known."""
    found = set[str]()
    for number in numbers:
        if (place := seats.places.get(number)) is not None:
            shape = seats.rows[place.cabin][place.row].shape
            found.add("window" if place.bit & shape.windows else "aisle" if place.bit & shape.aisles else "middle")
            named = {
                "exit": shape.is_exit,
                "extra_legroom": place.bit & shape.extra,
                "bassinet": place.bit & shape.bassinets,
            }
            found |= {kind for kind, is_so in named.items() if is_so}
    return found

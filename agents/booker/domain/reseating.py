"""Another aircraft: its holders' seats by its own layout, so that as few as possible lose what they had.

What a party can lose is being together, a minor beside an adult, a window or an aisle, and legroom. Families come first, then
larger parties, then those who had a window or more legroom, then the others; those who have to get off come last. Each keeps
the seats of the same numbers if they are as good here. If not, it gets seats that no one else could keep, and only if those are
worse than any others takes one of these.

Numbers are kept where they can be since bookings, bags and boarding cards have them.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import structs

from agents.booker.domain.seating import Numbers, Request, assign, minded, request_of
from agents.booker.domain.seatmaps import Free, Layouts, SeatMap, give_back, take
from contracts.layouts import LayoutName
from contracts.ledger import Booking, Reassignment, Reseated, SeatLedger, SeatPreference, SeatsReassigned
from contracts.names import Pnr


def reseated(
    ledger: SeatLedger, named: LayoutName | None, bookings: Mapping[Pnr, Booking], layouts: Layouts
) -> tuple[SeatLedger, SeatsReassigned | None]:
    """The flight with its seats given out by the layout that is named now, if that is known, and the fact about its holders.

    `bookings` has those of the holders; one that it lacks gets no seats by number.
    """
    name = named if named in layouts else None
    numbers = {} if name is None else _numbers(ledger, layouts, name, bookings)
    parties = tuple(
        Reseated(pnr, had, has)
        for pnr in sorted(ledger.holders)
        if (had := ledger.numbers.get(pnr, ())) != (has := numbers.get(pnr, ()))
    )
    after = structs.replace(ledger, layout=name, numbers=numbers)
    if not parties:
        return after, None
    n = ledger.last_fact + 1
    cause: Reassignment = "numbered" if ledger.layout is None else "aircraft"
    fact = SeatsReassigned(flight=ledger.flight, n=n, cause=cause, layout=name, parties=parties)
    return structs.replace(after, last_fact=n), fact


class _Had(NamedTuple):
    """What a party has had, as a request for as much."""

    pnr: Pnr
    request: Request
    numbers: Numbers


def _numbers(
    ledger: SeatLedger, layouts: Layouts, name: LayoutName, bookings: Mapping[Pnr, Booking]
) -> dict[Pnr, Numbers]:
    before, seats = layouts.get(ledger.layout), layouts[name]
    parties = [_had(pnr, bookings[pnr], ledger, before) for pnr in ledger.holders if pnr in bookings]
    offloaded = frozenset(ledger.offloaded)
    free = seats.free({})
    numbers: dict[Pnr, Numbers] = {}
    for going in (False, True):
        some = [each for each in parties if (each.pnr in offloaded) == going]
        _seat(some, seats, free, numbers)
    return numbers


def _seat(parties: Iterable[_Had], seats: SeatMap, free: Free, numbers: dict[Pnr, Numbers]) -> None:
    ordered = sorted(parties, key=_first)
    claims = {each.pnr: each.numbers for each in ordered if each.numbers and _is_as_good(seats, free, each)}
    for claimed in claims.values():
        take(seats, free, claimed)
    for each in ordered:
        if each.pnr in claims:
            numbers[each.pnr] = claims.pop(each.pnr)
            continue
        found = _found(seats, free, each.request, claims)
        if not found:
            continue
        numbers[each.pnr] = found
        take(seats, free, found)
        for pnr, claimed in list(claims.items()):
            if not set(claimed).isdisjoint(found):
                del claims[pnr]
                give_back(seats, free, set(claimed).difference(found))


def _found(seats: SeatMap, free: Free, request: Request, claims: Mapping[Pnr, Numbers]) -> Numbers:
    """Seats that others cannot keep, unless those lack more of what the party had than the best of all."""
    request = request._replace(had=())
    found = assign(seats, free, request)
    if found and not _loses(seats, found, request):
        return found
    with_claims = {cabin: rows.copy() for cabin, rows in free.items()}
    for claimed in claims.values():
        give_back(seats, with_claims, claimed)
    best = assign(seats, with_claims, request)
    if best and (not found or _loses(seats, best, request) < _loses(seats, found, request)):
        return best
    return found


def _first(party: _Had) -> tuple[bool, int, bool, bool, Pnr]:
    request = party.request
    return request.care is None, -request.seats, not request.extra, request.preference != "window", party.pnr


def _had(pnr: Pnr, booking: Booking, ledger: SeatLedger, before: SeatMap | None) -> _Had:
    held, numbers = ledger.holders[pnr], ledger.numbers.get(pnr, ())
    request = request_of(booking, held.cabin, held.seats, had=numbers)
    if before is None or not numbers:
        return _Had(pnr, request, numbers)
    position: SeatPreference = "none"
    extra = False
    for number in numbers:
        place = before.places.get(number)
        if place is None:
            continue
        shape = before.rows[place.cabin][place.row].shape
        extra = extra or bool(place.bit & shape.extra)
        if place.bit & shape.windows:
            position = "window"
        elif place.bit & shape.aisles and position == "none":
            position = "aisle"
    preference = position if request.preference == "none" else request.preference
    return _Had(pnr, request._replace(preference=preference, extra=extra), numbers)


def _is_as_good(seats: SeatMap, free: Free, party: _Had) -> bool:
    """Whether the party may have the seats of these numbers here, and loses nothing with them."""
    kept = assign(seats, free, party.request)
    return kept == party.numbers and not _loses(seats, kept, party.request)


def _loses(seats: SeatMap, numbers: Numbers, request: Request) -> int:
    """How much of what the party had, or asks for, these seats lack."""
    places = [seats.places[number] for number in numbers]
    shapes = [seats.rows[place.cabin][place.row].shape for place in places]
    lost = 0
    if request.care is not None and not minded(seats, numbers, request.care):
        lost += 100
    if len({place.row for place in places}) > 1:
        lost += 10
    else:
        together = sum(place.bit for place in places)
        lost += 4 * (len(shapes[0].runs(together)) - 1)
    if request.preference == "window" and not any(p.bit & s.windows for p, s in zip(places, shapes, strict=True)):
        lost += 3
    if request.preference == "aisle" and not any(p.bit & s.aisles for p, s in zip(places, shapes, strict=True)):
        lost += 2
    if request.extra and not any(p.bit & s.extra for p, s in zip(places, shapes, strict=True)):
        lost += 3
    return lost

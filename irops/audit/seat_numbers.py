"""Seats by number: whether each has one holder, is one that the party may have, and is the one that it was informed of.

What is free is read off the layout and the ledger. Whether minors could have sat beside an adult is tried out, seat by seat.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from msgspec import structs

from contracts.layouts import Layout, SeatNumber
from contracts.ledger import (
    Booking,
    BookingFact,
    BookingStranded,
    Leg,
    SeatLedger,
)
from contracts.names import Pnr
from contracts.passengers import Passenger, PassengerId, with_seats
from irops.audit.findings import Findings
from irops.audit.seats_confirmed import confirmed_wrongly
from irops.audit.seats_informed import Informed, reassigned_wrongly
from irops.audit.streams import Streams
from irops.audit.times import LEFT

_NOT_AT_AN_EXIT = frozenset(
    [
        "UMNR",
        "CHLD",
        "INFT",
        "BSCT",
        "WCHR",
        "WCHS",
        "WCHC",
        "WCBD",
        "BLND",
        "DEAF",
        "DPNA",
        "MAAS",
        "MEDA",
        "STCR",
        "OXYG",
        "PETC",
        "EXST",
    ]
)
"""Services of parties of which some could not, or might not, help at an exit (14 CFR 121.585)."""


def without_numbers(streams: Streams) -> Streams:
    """The streams with facts as if no flight gave out its seats by number."""
    if not any(leg.seats for _, fact in streams.facts for leg in _legs(fact)):
        return streams
    return replace(streams, facts=[(sequence, _bare(fact)) for sequence, fact in streams.facts])


def _legs(fact: BookingFact) -> tuple[Leg, ...]:
    if isinstance(fact, BookingStranded):
        return (*fact.before, *fact.flown, *fact.held, *fact.lapsed)
    return (*fact.before, *fact.after)


def _bare(fact: BookingFact) -> BookingFact:
    def bare(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
        return tuple([structs.replace(leg, seats=()) if leg.seats else leg for leg in legs])

    before = bare(fact.before)
    if isinstance(fact, BookingStranded):
        flown, held, lapsed = map(bare, (fact.flown, fact.held, fact.lapsed))
        return structs.replace(fact, before=before, flown=flown, held=held, lapsed=lapsed)
    return structs.replace(fact, before=before, after=bare(fact.after))


def misnumbered(streams: Streams) -> Findings:
    """Flights and parties, one finding for each that is wrong."""
    found = Findings()
    informed = Informed(streams)
    for flight, ledger in streams.seats.items():
        for wrong in _on_flight(ledger, streams, informed.unchanged(ledger)):
            found.add(f"{flight} {wrong}")
    for booking in streams.bookings.values():
        if any(leg.seats for journey in booking.journeys for leg in journey.seated):
            found.add(f"{booking.pnr} has seats by number in its booking, which only the ledger of a flight has")
    for wrong in (*informed.wrong, *informed.at_last(), *reassigned_wrongly(streams), *confirmed_wrongly(streams)):
        found.add(wrong)
    return found


def _on_flight(ledger: SeatLedger, streams: Streams, unchanged: Collection[Pnr]) -> Iterator[str]:
    state = streams.flights.get(ledger.flight)
    if ledger.layout is None:
        if ledger.numbers:
            yield "gives out seats by number, and has no layout"
        if state is not None and state.layout in streams.layouts and state.phase in ("scheduled", "cancelled"):
            yield f"has layout {state.layout}, and gives out no seats by number"
        return
    if state is not None and state.layout != ledger.layout and state.phase not in LEFT:
        yield f"has layout {ledger.layout} in the ledger, {state.layout} in FLIGHTS"
    layout = streams.layouts.get(ledger.layout)
    if layout is None:
        yield f"has layout {ledger.layout}, which is not known"
        return
    counted = Counter(number for numbers in ledger.numbers.values() for number in numbers)
    for number, times in counted.items():
        if times > 1:
            yield f"seat {number} is held {times} times"
    for pnr in ledger.numbers:
        yield from _of_party(pnr, ledger, layout, streams.bookings.get(pnr))
    if ledger.phase not in LEFT:
        yield from _without(ledger, layout, streams, set(counted), unchanged)


def _of_party(pnr: Pnr, ledger: SeatLedger, layout: Layout, booking: Booking | None) -> Iterator[str]:
    held, numbers, cabin_of = ledger.holders.get(pnr), ledger.numbers[pnr], layout.cabin_of()
    if held is None:
        yield f"{pnr} has seats by number, and holds none"
        return
    if len(numbers) != held.seats:
        yield f"{pnr} holds {held.seats} seats, and has {len(numbers)} by number"
    for number in numbers:
        if cabin_of.get(number) != held.cabin:
            yield f"{pnr} has seat {number}, which is {cabin_of.get(number, 'none')} and not {held.cabin}"
        elif number in layout.blocked:
            yield f"{pnr} has seat {number}, which is blocked"
    at_an_exit = ledger.phase not in LEFT and any(_row(number) in layout.exits for number in numbers)
    if at_an_exit and booking is not None and not _is_fit(booking, held.seats):
        yield f"{pnr} is in an exit row, and may not sit there"


def _row(number: SeatNumber) -> int:
    digits = number[:-1]
    return int(digits) if digits.isdecimal() else 0


def _without(
    ledger: SeatLedger, layout: Layout, streams: Streams, held: Collection[SeatNumber], unchanged: Collection[Pnr]
) -> Iterator[str]:
    """Parties that could have what they lack in the seats that are free: numbers, or an adult beside each minor.

    `unchanged`: since these got their seats no one has given up any, so what is free now was free then.
    """
    cabin_of = layout.cabin_of()
    for pnr, holding in ledger.holders.items():
        booking = streams.bookings.get(pnr)
        if booking is None:
            continue
        numbers = ledger.numbers.get(pnr, ())
        exits = () if _is_fit(booking, holding.seats) else layout.exits
        free = [
            number
            for number, cabin in cabin_of.items()
            if cabin == holding.cabin
            and (number not in held or number in numbers)
            and number not in layout.blocked
            and _row(number) not in exits
        ]
        if not numbers:
            if len(free) >= holding.seats:
                yield f"{pnr} has no seats by number, and {len(free)} are free"
            continue
        people = with_seats(booking.passengers, holding.seats)
        if len(numbers) < len(people) or _minded(people, numbers, layout):
            continue
        if _can_be_minded(people, free if pnr in unchanged else list(numbers), layout):
            yield f"{pnr} has a minor away from its adult"


def _can_be_minded(people: Sequence[Passenger], free: Sequence[SeatNumber], layout: Layout) -> bool:
    """Whether the party can be seated there with each minor beside its adult: every minor is tried with every adult."""
    adults = [person.id for person in people if not person.is_minor]
    minors = [person for person in people if person.is_minor]
    beside = {one: [other for other in free if _side_by_side(one, other, layout)] for one in free}

    def tried(at: int, taken: Mapping[SeatNumber, PassengerId]) -> bool:
        if at == len(minors):
            return True
        escort = minors[at].escort
        own = [escort] if escort is not None and escort in adults else adults
        for adult in own:
            sits = next((seat for seat, who in taken.items() if who == adult), None)
            for seat in free if sits is None else (sits,):
                if sits is None and seat in taken:
                    continue
                for neighbour in beside[seat]:
                    if neighbour not in taken and tried(at + 1, {**taken, seat: adult, neighbour: minors[at].id}):
                        return True
        return False

    return len(free) >= len(people) and tried(0, {})


def _minded(people: Sequence[Passenger], numbers: Sequence[SeatNumber], layout: Layout) -> bool:
    adults = {person.id: number for person, number in zip(people, numbers, strict=False) if not person.is_minor}
    for person, number in zip(people, numbers, strict=False):
        if person.is_minor and adults:
            own = [adults[person.escort]] if person.escort in adults else list(adults.values())
            if not any(_side_by_side(number, adult, layout) for adult in own):
                return False
    return True


def _side_by_side(one: SeatNumber, other: SeatNumber, layout: Layout) -> bool:
    if one[:-1] != other[:-1]:
        return False
    row = _row(one)
    letters = next((each.letters for each in layout.sections if each.first <= row <= each.last), "")
    return one[-1] + other[-1] in letters or other[-1] + one[-1] in letters


def _is_fit(booking: Booking, seats: int) -> bool:
    """Whether each of the party may sit at an exit, as far as is known."""
    people = with_seats(booking.passengers, seats)
    return (
        booking.party.passengers <= seats
        and _NOT_AT_AN_EXIT.isdisjoint(booking.party.ssrs)
        and not any(person.is_minor for person in people)
    )

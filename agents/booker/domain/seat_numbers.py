"""The seats by number of one flight while a group is being decided: one working copy, as the worksheet's.

A flight that has left gives out none: who is counted on board of it again sits where they sat.
"""

from collections.abc import Collection, Iterable, Mapping

from agents.booker.domain.seating import Numbers, assign, request_of
from agents.booker.domain.seatmaps import Free, Layouts, give_back, take
from contracts.flights import LEFT
from contracts.ledger import Booking, Holding, SeatLedger
from contracts.names import Pnr
from contracts.passengers import with_seats


class FlightNumbers:
    """Who holds which seats, with what was taken and given back in this group."""

    __slots__ = ("_bookings", "_free", "_had", "_layouts", "_seats", "ledger", "numbers")

    def __init__(self, ledger: SeatLedger, layouts: Layouts) -> None:
        self.ledger = ledger
        self.numbers = dict(ledger.numbers)
        self._layouts = layouts
        self._seats = None if ledger.phase in LEFT else layouts.get(ledger.layout)
        self._free: Free = layouts.free(ledger) if self._seats is not None else {}
        self._had: dict[Pnr, Numbers] = {}
        self._bookings: dict[Pnr, Booking] = {}

    def take(self, booking: Booking, held: Holding, *, wanted: Numbers, was: Booking | None) -> None:
        """Give the party seats: those that it has given up in this group for those of it who had them, or else the wanted ones.
        `was`: the booking until then, if it is another one."""
        had = self._had.pop(booking.pnr, ())
        had = carried(had, was or booking, booking, held.seats) if had else wanted
        if self._seats is not None:
            self._bookings[booking.pnr] = booking
            self._give(booking, held, had)
        elif had and all(had):
            self.numbers[booking.pnr] = had

    def _give(self, booking: Booking, held: Holding, had: Numbers) -> None:
        assert self._seats is not None
        numbers = assign(self._seats, self._free, request_of(booking, held.cabin, held.seats, had=had))
        if numbers:
            take(self._seats, self._free, numbers)
            self.numbers[booking.pnr] = numbers

    def release(self, pnr: Pnr) -> None:
        numbers = self.numbers.pop(pnr, ())
        self._had[pnr] = numbers
        self._bookings.pop(pnr, None)
        if self._seats is not None:
            give_back(self._seats, self._free, numbers)

    def divide(self, ours: Booking, left: Booking, new: Booking, held: Mapping[Pnr, Holding]) -> None:
        """Leave each with the seats of its own people."""
        numbers = self.numbers.pop(ours.pnr, ())
        if not numbers:
            return
        for half, others in ((left, ()), (new, self.numbers.get(left.pnr, ()))):
            count = held[half.pnr].seats
            own = carried(numbers, ours, half, count, without=others)
            rest = iter([each for each in numbers if each not in own and each not in others])
            self.numbers[half.pnr] = tuple([each or next(rest) for each in own])

    def put_in_order(self, ours: Booking, now: Booking, held: Holding) -> None:
        """Give a party whose people have changed, and not how many seats it has, seats in the order of its people."""
        numbers = self.numbers[now.pnr]
        own = carried(numbers, ours, now, held.seats)
        rest = iter([each for each in numbers if each not in own])
        in_order = tuple([each or next(rest) for each in own])
        self.numbers[now.pnr] = in_order
        if self._seats is not None:
            self.release(now.pnr)
            del self._had[now.pnr]
            self._bookings[now.pnr] = now
            self._give(now, held, in_order)

    def sit(self, booking: Booking, held: Holding, wanted: Numbers) -> None:
        """Give a holder the seats that it asks for, and may have."""
        self.release(booking.pnr)
        del self._had[booking.pnr]
        self._bookings[booking.pnr] = booking
        self._give(booking, held, wanted)

    def settled(self, holders: Mapping[Pnr, Holding], waiting: Mapping[Pnr, Booking]) -> dict[Pnr, Numbers]:
        """Everyone's seats. Holders who had none get theirs, of those whose booking is known."""
        if self._seats is not None:
            if len(self.numbers) < len(holders):
                for pnr in sorted(holders.keys() - self.numbers.keys()):
                    if booking := self._bookings.get(pnr) or waiting.get(pnr):
                        self._give(booking, holders[pnr], ())
            if self.numbers == self.ledger.numbers:
                return self.ledger.numbers
        return self.numbers

    def remember(self, ledger: SeatLedger) -> None:
        """Keep what is free for the next group."""
        if self._seats is not None:
            self._layouts.remember(ledger, self._free)


def carried(numbers: Numbers, was: Booking, now: Booking, seats: int, *, without: Collection[str] = ()) -> Numbers:
    """Of each seat that the booking needs now, the one that its person had; empty where there is none. Where the people are not
    known it has the first ones."""
    if not (was.passengers and now.passengers):
        own = [number for number in numbers if number not in without][:seats]
    else:
        people = with_seats(was.passengers, len(numbers))
        by_id = {person.id: number for person, number in zip(people, numbers, strict=False)}
        own = [by_id.get(person.id, "") for person in with_seats(now.passengers, seats)]
    return (*own, *("" for _ in range(seats - len(own))))


def without_numbers(ledgers: Iterable[SeatLedger]) -> set[Pnr]:
    """The holders that have no seats by number on flights of these where they are given out."""
    return {
        pnr
        for ledger in ledgers
        if ledger.layout is not None and len(ledger.numbers) < len(ledger.holders) and ledger.phase not in LEFT
        for pnr in ledger.holders.keys() - ledger.numbers.keys()
    }

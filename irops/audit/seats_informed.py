"""What facts say of seats by number, one after another: each goes on from the one before, and the ledger from all."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from contracts.layouts import SeatNumber
from contracts.ledger import BookingChanged, BookingFact, BookingKept, BookingStranded, SeatLedger, SeatsReassigned
from contracts.names import FlightKey, Pnr
from contracts.reservations import BookingAmended, BookingContradicted
from irops.audit.streams import ReservationFact, Streams

Numbers = tuple[SeatNumber, ...]


class Informed:
    """What facts say of each party's seats on each flight, one after another."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self.wrong: list[str] = []
        self._known: dict[tuple[FlightKey, Pnr], Numbers | None] = {}
        """None: not known, for the reservation system has changed the booking since."""
        self._seated_at: dict[tuple[FlightKey, Pnr], int] = {}
        self._amended_at: dict[Pnr, int] = {}
        self._given_up_at: dict[FlightKey, int] = defaultdict(int)
        events: list[tuple[int, BookingFact | SeatsReassigned | ReservationFact]] = [
            *streams.facts,
            *streams.reassigned,
            *streams.amended,
        ]
        for sequence, event in sorted(events, key=lambda each: each[0]):
            if isinstance(event, SeatsReassigned):
                for party in event.parties:
                    self._had(event.flight, party.pnr, party.before, f"change {event.n} of {event.flight}")
                    self._has(event.flight, party.pnr, party.after, sequence)
            elif isinstance(event, BookingChanged | BookingKept | BookingStranded):
                self._hear(sequence, event)
            else:
                self._amend(sequence, event)

    def _hear(self, sequence: int, fact: BookingFact) -> None:
        after = fact.held if isinstance(fact, BookingStranded) else fact.after
        flown, lapsed = (fact.flown, fact.lapsed) if isinstance(fact, BookingStranded) else ((), ())
        for leg in (*fact.before, *lapsed):
            self._had(leg.flight, fact.pnr, leg.seats, fact.id)
        had = {leg.flight: leg.seats for leg in fact.before}
        for leg in flown:
            if leg.seats != had.get(leg.flight, ()):
                self.wrong.append(f"{fact.pnr} sat on {leg.flight} in {leg.seats} by {fact.id}, and had others")
        now = {leg.flight: leg.seats for leg in after}
        for flight in had.keys() - now.keys():
            self._has(flight, fact.pnr, (), sequence)
            self._given_up_at[flight] = sequence
        for leg in lapsed:
            self._has(leg.flight, fact.pnr, (), sequence)
            self._given_up_at[leg.flight] = sequence
        for flight, numbers in now.items():
            self._has(flight, fact.pnr, numbers, sequence)

    def _amend(self, sequence: int, fact: ReservationFact) -> None:
        self._amended_at[fact.pnr] = sequence
        for flight, pnr in self._known:
            if pnr == fact.pnr:
                self._known[flight, pnr] = None
        if isinstance(fact, BookingAmended):
            for flight, numbers in fact.seats.items():
                self._has(flight, fact.pnr, numbers, sequence)
        for journey in () if isinstance(fact, BookingContradicted) else fact.journeys:
            for leg in journey.before:
                self._given_up_at[leg.flight] = sequence

    def _had(self, flight: FlightKey, pnr: Pnr, numbers: Numbers, by: str) -> None:
        known = self._known.get((flight, pnr))
        if known and numbers != known:
            self.wrong.append(f"{pnr} had {numbers} on {flight} by {by}, and {known} by what came before")

    def _has(self, flight: FlightKey, pnr: Pnr, numbers: Numbers, sequence: int) -> None:
        self._known[flight, pnr] = numbers
        self._seated_at[flight, pnr] = sequence

    def at_last(self) -> Iterator[str]:
        """Where the ledger has other seats than the party was last informed of."""
        for (flight, pnr), known in self._known.items():
            ledger = self._streams.seats.get(flight)
            if known and ledger and pnr in ledger.holders and ledger.numbers.get(pnr) != known:
                yield f"{pnr} has {ledger.numbers.get(pnr)} on {flight}, and was last informed of {known}"

    def unchanged(self, ledger: SeatLedger) -> Collection[Pnr]:
        """The holders since whose seats were given out no party has given up any there. None where that cannot be known."""
        if self._streams.redacted or not self._streams.whole:
            return ()
        since = self._given_up_at[ledger.flight]
        amended = max(self._amended_at.values(), default=0)
        return [pnr for pnr in ledger.holders if self._seated_at.get((ledger.flight, pnr), 0) >= max(since, amended)]


def reassigned_wrongly(streams: Streams) -> Iterator[str]:
    """Facts about seats that were given out again which contradict themselves, or the layout that the flight has now."""
    numbers: dict[FlightKey, list[int]] = defaultdict(list)
    last: dict[FlightKey, SeatsReassigned] = {}
    for _, fact in sorted(streams.reassigned, key=lambda each: (each[1].n, each[0])):
        if fact.n in numbers[fact.flight]:
            yield f"{fact.flight} has two facts with number {fact.n}"
        numbers[fact.flight].append(fact.n)
        last[fact.flight] = fact
        first = not any(party.before for party in fact.parties)
        if (fact.cause == "numbered") != first and fact.parties:
            yield f"{fact.flight} gives out other seats, {fact.cause} (fact {fact.n})"
        if fact.layout is None and any(party.after for party in fact.parties):
            yield f"{fact.flight} gives out seats by no layout (fact {fact.n})"
        for party in fact.parties:
            if party.before == party.after:
                yield f"{fact.flight} {party.pnr} is named for the seats that it had (fact {fact.n})"
    for flight, fact in last.items():
        ledger = streams.seats.get(flight)
        if ledger is not None and fact.n > ledger.last_fact:
            yield f"{flight} has fact {fact.n}, and {ledger.last_fact} is the last in the ledger"
        if ledger is not None and fact.layout != ledger.layout:
            yield f"{flight} has layout {ledger.layout} in the ledger, and {fact.layout} by fact {fact.n}"

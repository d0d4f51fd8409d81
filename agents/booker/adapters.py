"""The ledger as the active booker works with it: flights remembered, bookings read when needed, one batch a commit."""

from collections.abc import Collection, Iterable, Mapping

from agents.booker.lease import Lease
from bus import Bus, Commit, Conflict, Fact, Removal, Write
from contracts.ledger import BOOKING, SEAT_LEDGER, WAITLIST, Booking, SeatLedger, WaitlistEntry
from contracts.names import FlightKey, Id, Pnr
from contracts.plans import PLAN_REFUSED, PlanRefused


class Ledger:
    """Remembers each flight's seats as last read or written, with their revisions; exact while the lease is held."""

    def __init__(self, bus: Bus, lease: Lease) -> None:
        self._bus = bus
        self._lease = lease
        self._flights: dict[FlightKey, tuple[SeatLedger, int]] = {}

    async def flights(self, wanted: Iterable[FlightKey]) -> dict[FlightKey, SeatLedger]:
        """Those of the flights that the ledger has."""
        flights = set(wanted)
        missing = {flight: SEAT_LEDGER.key(flight=flight) for flight in flights if flight not in self._flights}
        loaded = await self._bus.load(missing.values())
        for flight, key in missing.items():
            entry = loaded[key]
            if entry is not None:
                self._flights[flight] = (entry.message, entry.revision)
        return {flight: self._flights[flight][0] for flight in flights if flight in self._flights}

    async def bookings(self, pnrs: Iterable[Pnr], *, at_least: int = 0) -> dict[Pnr, tuple[Booking, int]]:
        """Those of the bookings that exist, with their revisions, as of that LEDGER sequence or later."""
        keys = {pnr: BOOKING.key(pnr=pnr) for pnr in pnrs}
        loaded = await self._bus.load(keys.values(), at_least=at_least)
        return {pnr: (entry.message, entry.revision) for pnr, key in keys.items() if (entry := loaded[key])}

    async def waiting(
        self, pnrs: Iterable[Pnr], *, at_least: int = 0
    ) -> tuple[dict[Pnr, WaitlistEntry], dict[Pnr, int]]:
        """The markers of those who wait, as of that LEDGER sequence or later, and what a write over each party's marker must
        expect."""
        keys = {pnr: WAITLIST.key(pnr=pnr) for pnr in pnrs}
        loaded = await self._bus.load(keys.values(), at_least=at_least)
        markers = {pnr: entry.message for pnr, key in keys.items() if (entry := loaded[key])}
        return markers, {pnr: loaded.revision(key) for pnr, key in keys.items()}

    async def refused(self, plans: Iterable[PlanRefused]) -> set[Id]:
        """Which of these refusals have been said before."""
        keys = {plan.id: PLAN_REFUSED.key(pnr=plan.pnr, id=plan.id) for plan in plans}
        loaded = await self._bus.load(keys.values())
        return {id_ for id_, key in keys.items() if loaded[key] is not None}

    async def commit(
        self,
        facts: Collection[Fact],
        *,
        seats: Mapping[FlightKey, SeatLedger],
        bookings: Mapping[Pnr, tuple[Booking, int]] | None = None,
        waiting: Mapping[Pnr, tuple[WaitlistEntry | None, int]] | None = None,
        read: Collection[FlightKey] = (),
    ) -> dict[str, int]:
        """One batch: facts, then bookings, markers, flights, and the lease last: who sees it in place knows the rest is.

        Each state comes with the revision it was read at. Flights in `read` must not have moved. Raises `Conflict` after
        forgetting what it remembered, `StandDown` if another booker is active.
        """
        guarded, rewritten = self._unmoved(read, facts)
        seats = {**rewritten, **seats}
        markers = (waiting or {}).items()
        states = [
            *(Write(BOOKING.of(booking), revision) for booking, revision in (bookings or {}).values()),
            *(Write(WAITLIST.of(marker), revision) for _, (marker, revision) in markers if marker is not None),
            *(Write(SEAT_LEDGER.of(ledger), self._revision(flight)) for flight, ledger in seats.items()),
            self._lease.renewal(),
        ]
        removals = [Removal(WAITLIST.key(pnr=pnr), revision) for pnr, (marker, revision) in markers if marker is None]
        try:
            revisions = await self._bus.commit(Commit(list(facts), states, removals, guarded))
        except Conflict:
            self._flights.clear()
            await self._lease.check()
            raise
        self._lease.renewed(revisions)
        for flight, ledger in seats.items():
            self._flights[flight] = (ledger, revisions[SEAT_LEDGER.key(flight=flight).name])
        return revisions

    def _unmoved(
        self, read: Collection[FlightKey], facts: Collection[Fact]
    ) -> tuple[dict[str, int], dict[FlightKey, SeatLedger]]:
        """How a commit fails if any of these flights has moved: guards by name, and ledgers to write again as they are.

        A guard travels on a fact, one on each. Flights that are left without one are written, at the revision they were read.
        """
        flights = sorted(read)
        guarded, rewritten = flights[: len(facts)], flights[len(facts) :]
        guards = {SEAT_LEDGER.key(flight=flight).name: self._revision(flight) for flight in guarded}
        return guards, {flight: self._flights[flight][0] for flight in rewritten}

    def _revision(self, flight: FlightKey) -> int:
        """What a write over the flight's seats must expect: 0 where there is none yet."""
        known = self._flights.get(flight)
        return known[1] if known else 0

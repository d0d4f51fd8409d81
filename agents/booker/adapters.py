"""The ledger as the active booker uses it: seats cached, bookings read when needed, one batch per commit."""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from agents.booker.domain import Forgetting, Layouts, Misnamed, without_numbers
from agents.booker.lease import Lease
from bus import Bus, Cause, Commit, Conflict, Delivery, Entry, Fact, Removal, Unavailable, Write
from bus.airports import zones
from contracts.flights import FLIGHT
from contracts.forget import TOMBSTONE, TOMBSTONE_SALT, Tombstone, TombstoneSalt, tombstone_digest
from contracts.identity import SAME_DEPARTURE, leaves_then, of_its_number, suffixed, taken_back
from contracts.layouts import LAYOUT, LayoutName
from contracts.ledger import (
    BOOKING,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    SEAT_LEDGER,
    SEATS_DISRUPTED,
    SEATS_FREED,
    SEATS_REASSIGNED,
    WAITLIST,
    Booking,
    JourneyKey,
    Leg,
    SeatLedger,
    SeatsDisrupted,
    SeatsFreed,
    SeatsReassigned,
    WaitlistEntry,
)
from contracts.names import FlightKey, Id, Pnr
from contracts.offers import TRIP_OFFERED
from contracts.plans import PLAN_REFUSED, PlanProposed
from contracts.requests import QUOTE, REQUEST_DONE, REQUEST_REFUSED, WISHED_NAMES, Quote, RequestMade, WishedNames
from contracts.subject import Addressed, Key, Subject

_ABOUT_BOOKINGS: tuple[Subject[Any], ...] = (BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED)
_DONE: tuple[Subject[Any], ...] = (TRIP_OFFERED, *_ABOUT_BOOKINGS)
"""The facts by which a plan is committed, or offered; each has its id, and is the last one about the journey then."""
_ABOUT_SEATS: Mapping[type, Subject[Any]] = {
    subject.message: subject for subject in (SEATS_DISRUPTED, SEATS_FREED, SEATS_REASSIGNED)
}


_SILENT = 3
"""So many flights at most are written one by one: a batch costs the server as much as ten messages, but one answer."""
QuoteKey = tuple[Pnr, Id]
NO_CAUSES: Mapping[Pnr | FlightKey, Delivery[Any] | Cause] = MappingProxyType({})


class Ledger:
    """Caches each flight's seats as last read or written, with their revisions; exact while the lease is held."""

    def __init__(self, bus: Bus, lease: Lease) -> None:
        self._bus = bus
        self._lease = lease
        self._flights: dict[FlightKey, tuple[SeatLedger, int]] = {}
        self.layouts = Layouts()
        """Those that flights in memory have, as far as they are known."""
        self._salt: bytes | None = None
        self._quoted_at = 0
        """LEDGER sequence of the last commit with a quote."""
        self._forgot_at = 0
        """LEDGER sequence of the last commit that forgot a party. A read from a replica that is behind it could revive the
        party."""

    async def flights(self, wanted: Iterable[FlightKey]) -> dict[FlightKey, SeatLedger]:
        """Get the seats of those flights that the ledger has."""
        flights = set(wanted)
        missing = {flight: SEAT_LEDGER.key(flight=flight) for flight in flights if flight not in self._flights}
        loaded = await self._bus.load(missing.values())
        for flight, key in missing.items():
            entry = loaded[key]
            if entry is not None:
                self._flights[flight] = (entry.message, entry.revision)
        await self.learn(self._flights[flight][0].layout for flight in missing if flight in self._flights)
        return {flight: self._flights[flight][0] for flight in flights if flight in self._flights}

    async def learn(self, names: Iterable[LayoutName | None]) -> None:
        """Know these layouts, of those that exist."""
        keys = [LAYOUT.key(layout=name) for name in {*names} if name is not None and name not in self.layouts]
        if keys:
            loaded = await self._bus.load(keys)
            for key in keys:
                if entry := loaded[key]:
                    self.layouts.add(entry.message)

    async def unnumbered(self, ledgers: Iterable[SeatLedger]) -> dict[Pnr, Booking]:
        """Get the bookings of holders who have no seats by number on flights that give them out."""
        lacking = without_numbers(ledgers)
        return {pnr: booking for pnr, (booking, _) in (await self.bookings(lacking)).items()} if lacking else {}

    def has(self, flights: Collection[FlightKey]) -> bool:
        """Whether the seats of all these flights are in memory."""
        return self._flights.keys() >= set(flights)

    def known(self, flights: Iterable[FlightKey]) -> dict[FlightKey, SeatLedger]:
        """The seats of these flights, which are in memory."""
        return {flight: self._flights[flight][0] for flight in flights}

    async def operated_as(self, named: Iterable[FlightKey]) -> dict[FlightKey, FlightKey]:
        """Get the flight of each of these numbers under which another flight is sold. A number with seats of its own is none:
        only the others are looked up."""
        wanted = set(named)
        keys = {number: FLIGHT.key(flight=number) for number in wanted - (await self.flights(wanted)).keys()}
        loaded = await self._bus.load(keys.values())
        states = {number: entry.message for number, key in keys.items() if (entry := loaded[key])}
        return {number: state.operated_as for number, state in states.items() if state.operated_as}

    async def misnamed(self, legs: Iterable[Leg], flights: Mapping[FlightKey, SeatLedger]) -> Misnamed:
        """Get the legs that leave when another departure of their flight's number does, and not when the flight does. Only for
        a leg that leaves at another time than its flight is anything looked up."""
        apart = [
            leg
            for leg in legs
            if leg.flight in flights and abs(leg.departs - flights[leg.flight].departs) > SAME_DEPARTURE
        ]
        if not apart:
            return {}
        others = {leg.flight: of_its_number(leg.flight, leg.departs, zones=zones()) for leg in apart}
        keys = {flight: FLIGHT.key(flight=flight) for flight in set(others).union(*others.values())}
        loaded = await self._bus.load(keys.values())
        states = {
            flight: state
            for flight, key in keys.items()
            if (entry := loaded[key]) and not (state := entry.message).operated_as
        }
        times = {
            (flight, state.destination): (state.scheduled_departure, state.announced_departure)
            for flight, state in states.items()
        }
        found: dict[tuple[FlightKey, datetime], str] = {}
        for leg in apart:
            own = [flights[leg.flight].departs, *times.get((leg.flight, leg.destination), ())]
            alike: dict[str, tuple[datetime, ...]] = {
                other: at for other in others[leg.flight] if (at := times.get((other, leg.destination)))
            }
            if leg.flight in states and (second := taken_back(states[leg.flight])):
                alike[f"another departure, whose key has a suffix, such as {suffixed(leg.flight)},"] = second
            if other := leaves_then(leg.departs, own, alike):
                found[leg.flight, leg.departs] = other
        return found

    async def bookings(self, pnrs: Iterable[Pnr], *, at_least: int = 0) -> dict[Pnr, tuple[Booking, int]]:
        """Get those of the bookings that exist, with their revisions, as of LEDGER sequence `at_least` or later."""
        keys = {pnr: BOOKING.key(pnr=pnr) for pnr in pnrs}
        loaded = await self._bus.load(keys.values(), at_least=max(at_least, self._forgot_at))
        return {pnr: (entry.message, entry.revision) for pnr, key in keys.items() if (entry := loaded[key])}

    async def waiting(
        self, journeys: Iterable[JourneyKey], *, at_least: int = 0
    ) -> tuple[dict[JourneyKey, WaitlistEntry], dict[JourneyKey, int]]:
        """Get the waitlist entries that exist, as of LEDGER sequence `at_least` or later, and for every journey the revision
        that a write to its entry has to expect."""
        keys = {each: _waitlist_key(each) for each in journeys}
        loaded = await self._bus.load(keys.values(), at_least=at_least)
        entries = {each: entry.message for each, key in keys.items() if (entry := loaded[key])}
        return entries, {each: loaded.revision(key) for each, key in keys.items()}

    async def refused(self, plans: Iterable[PlanProposed]) -> set[Id]:
        """Get the ids of those plans that have been refused already: they are redelivered, or restored from an export, whose
        sequences may be those of another commit here."""
        return await self._having(plans, (PLAN_REFUSED,))

    async def done(self, plans: Iterable[PlanProposed], bookings: Mapping[Pnr, tuple[Booking, int]]) -> set[Id]:
        """Get the ids of those plans that have been committed or offered already. One that follows the last fact about its
        journey has not: that would be a later fact. So for most plans nothing is looked up."""
        return await self._having([plan for plan in plans if not _is_next(plan, bookings)], _DONE)

    async def _having(self, plans: Iterable[PlanProposed], facts: Iterable[Subject[Any]]) -> set[Id]:
        """Get the ids of those plans that have one of these facts."""
        keys: list[tuple[Id, Key[Any]]] = [
            (plan.id, subject.key(pnr=plan.pnr, id=plan.id)) for plan in plans for subject in facts
        ]
        loaded = await self._bus.load(key for _, key in keys)
        return {id_ for id_, key in keys if loaded[key] is not None}

    async def quotes(
        self, wanted: Collection[QuoteKey]
    ) -> tuple[dict[QuoteKey, Entry[Quote]], dict[QuoteKey, Entry[WishedNames]]]:
        """Get those of the quotes that exist and have not expired long ago, and the names that they are about, as far as they
        are about any and those are kept."""
        quotes = {each: QUOTE.key(pnr=each[0], id=each[1]) for each in wanted}
        names = {each: WISHED_NAMES.key(pnr=each[0], id=each[1]) for each in wanted}
        at_least = max(self._lease.since, self._quoted_at, self._forgot_at)
        loaded = await self._bus.load([*quotes.values(), *names.values()], at_least=at_least)
        return (
            {each: entry for each, key in quotes.items() if (entry := loaded[key])},
            {each: found for each, about in names.items() if (found := loaded[about])},
        )

    async def keep_quotes(
        self, quotes: Sequence[tuple[Quote, Cause | None]], *, states: Sequence[Write] = ()
    ) -> list[int]:
        """Write new quotes, each with its cause, and these states; get the quotes' revisions. Raises as `commit` does."""
        written = [Write(QUOTE.of(quote), 0, cause, expires=True) for quote, cause in quotes]
        revisions = await self._commit([], [*states, *written], seats={})
        self._quoted_at = max(revisions.values())
        return [revisions[write.addressed.name] for write in written]

    async def is_answered(self, request: RequestMade) -> bool:
        """Whether the request has been carried out or refused already: it is redelivered."""
        keys: list[Key[Any]] = [
            subject.key(pnr=request.pnr, id=request.id) for subject in (REQUEST_DONE, REQUEST_REFUSED)
        ]
        loaded = await self._bus.load(keys, at_least=self._quoted_at)
        return any(loaded[key] for key in keys)

    async def commit(
        self,
        facts: Collection[Fact],
        *,
        seats: Mapping[FlightKey, SeatLedger],
        bookings: Mapping[Pnr, tuple[Booking, int]] | None = None,
        waiting: Mapping[JourneyKey, tuple[WaitlistEntry | None, int]] | None = None,
        read: Collection[FlightKey] = (),
        quotes: Collection[tuple[Quote, int]] = (),
        causes: Mapping[Pnr | FlightKey, Delivery[Any] | Cause] = NO_CAUSES,
        states: Sequence[Write] = (),
        removals: Sequence[Removal] = (),
    ) -> dict[str, int]:
        """Write one batch: facts, then bookings, quotes, waitlist entries and seats, and the lease last, so that a reader of
        the lease has all the rest. Seats of a few flights alone, of which there is nothing to say, are written one by one.

        Each state comes with the revision it was read at; flights in `read` must not have moved; `causes` are what the states
        of a party or flight follow from; `states` and `removals` are others of the ledger. Raises `Conflict` after clearing
        the cache, `StandDown` if another booker is active.
        """
        guards, rewritten = self._unmoved(read, facts)
        entries = (waiting or {}).items()
        revisions = await self._commit(
            list(facts),
            [
                *states,
                *(
                    Write(BOOKING.of(booking), revision, causes.get(pnr))
                    for pnr, (booking, revision) in (bookings or {}).items()
                ),
                *(Write(QUOTE.of(quote), revision, causes.get(quote.pnr), expires=True) for quote, revision in quotes),
                *(
                    Write(WAITLIST.of(entry), revision, causes.get(pnr))
                    for (pnr, _), (entry, revision) in entries
                    if entry is not None
                ),
            ],
            seats={**rewritten, **seats},
            causes=causes,
            removals=[
                *removals,
                *(Removal(_waitlist_key(each), revision) for each, (entry, revision) in entries if entry is None),
            ],
            guards=guards,
        )
        if quotes:
            self._quoted_at = max(revisions.values())
        return revisions

    async def moved_from(self, bookings: Iterable[Booking]) -> set[FlightKey]:
        """Get the flights that these parties had before facts that have not expired: they may be offered seats there again."""
        found: set[FlightKey] = set()
        at = {
            (booking.pnr, journey.last_fact)
            for booking in bookings
            for journey in booking.journeys
            if journey.last_fact
        }
        while at:
            keys: list[Key[Any]] = [
                family.key(pnr=pnr, id=id_) for pnr, id_ in at for family in (*_ABOUT_BOOKINGS, TRIP_OFFERED)
            ]
            loaded = await self._bus.load(keys)
            facts = [entry.message for key in keys if (entry := loaded[key])]
            found.update(leg.flight for fact in facts for leg in fact.before)
            at = {(fact.pnr, fact.follows) for fact in facts if fact.follows}
        return found

    # Forgetting.

    async def forgotten(self, pnrs: Collection[Pnr]) -> dict[Pnr, int]:
        """Get those of the parties that have been forgotten, each with its tombstone's revision."""
        salt = await self._known_salt() if pnrs else None
        if salt is None:
            return {}
        keys = {pnr: TOMBSTONE.key(digest=tombstone_digest(pnr, salt)) for pnr in pnrs}
        loaded = await self._bus.load(keys.values(), at_least=max(self._lease.since, self._forgot_at))
        return {pnr: entry.revision for pnr, key in keys.items() if (entry := loaded[key])}

    async def facts_naming_parties(
        self, ledgers: Iterable[SeatLedger]
    ) -> dict[SeatsDisrupted | SeatsFreed | SeatsReassigned, int]:
        """Get every fact about these flights' seats that has not expired, each with its sequence."""
        keys: list[Key[Any]] = [
            subject.key(flight=ledger.flight, n=n)
            for ledger in ledgers
            for n in range(1, ledger.last_fact + 1)
            for subject in _ABOUT_SEATS.values()
        ]
        loaded = await self._bus.load(keys)
        return {entry.message: entry.revision for key in keys if (entry := loaded[key])}

    async def forget(
        self, pnr: Pnr, change: Forgetting, *, removed: Sequence[tuple[Key[Any], int]],
        replaced: Mapping[tuple[FlightKey, int], int], tombstone: int, now: datetime,
    ) -> int:  # fmt: skip
        """Write `change`, remove these states at their revisions, and keep a tombstone; get the commit's last sequence.

        `replaced` are the sequences of the facts that are redacted, by flight and `n`; `tombstone` is the revision of the
        tombstone that the party has already, or 0. Raises as `commit` does.
        """
        salt = await self._known_salt()
        states: list[Write] = []
        if salt is None:
            salt = secrets.token_bytes(32)
            states.append(Write(TOMBSTONE_SALT.of(TombstoneSalt(salt=salt)), 0))
        states.append(Write(TOMBSTONE.of(Tombstone(digest=tombstone_digest(pnr, salt), forgotten_at=now)), tombstone))
        facts = [
            *(Fact(SEATS_FREED.of(fact)) for fact in change.freed),
            *(Fact(_about_seats(fact), replaces=replaced[fact.flight, fact.n]) for fact in change.redacted),
        ]
        removals = [Removal(key, revision) for key, revision in removed]
        revisions = await self._commit(facts, states, seats=change.seats, removals=removals)
        self._salt = salt
        self._forgot_at = max(revisions.values())
        return self._forgot_at

    async def _known_salt(self) -> bytes | None:
        """None until a party has been forgotten."""
        if self._salt is None:
            key = TOMBSTONE_SALT.key()
            entry = (await self._bus.load([key], at_least=self._lease.since))[key]
            self._salt = entry.message.salt if entry else None
        return self._salt

    # Writing.

    async def _commit(
        self,
        facts: list[Fact],
        states: Sequence[Write],
        *,
        seats: Mapping[FlightKey, SeatLedger],
        removals: Sequence[Removal] = (),
        guards: Mapping[str, int] | None = None,
        causes: Mapping[Pnr | FlightKey, Delivery[Any] | Cause] = NO_CAUSES,
    ) -> dict[str, int]:
        written = [
            Write(SEAT_LEDGER.of(ledger), self._revision(flight), causes.get(flight))
            for flight, ledger in seats.items()
        ]
        is_silent = 0 < len(written) <= _SILENT and not (facts or states or removals)
        try:
            revisions = await self._write_each(written) if is_silent else {}
            if not revisions:
                revisions = await self._bus.commit(
                    Commit(facts, [*states, *written, self._lease.renewal()], removals, guards or {})
                )
                self._lease.renewed(revisions)
        except Conflict:
            self._flights.clear()
            await self._lease.check()
            raise
        for flight, ledger in seats.items():
            self._flights[flight] = (ledger, revisions[SEAT_LEDGER.key(flight=flight).name])
        return revisions

    async def _write_each(self, seats: Sequence[Write]) -> dict[str, int]:
        """Write the seats of flights of which there is nothing to say, such as moves of their times by a minute, each by itself
        under the lease as it is, one after another, since servers of a cluster take one expectation of a key at a time. Returns
        nothing where they are to be written with a renewal, for an answer is missing."""
        guard = self._lease.guard()
        if guard is None:
            return {}
        revisions: dict[str, int] = {}
        try:
            for write in seats:
                revisions |= await self._bus.commit(Commit(states=[write], guards=guard))
        except Unavailable:
            return {}
        self._lease.answered()
        return revisions

    def _unmoved(
        self, read: Collection[FlightKey], facts: Collection[Fact]
    ) -> tuple[dict[str, int], dict[FlightKey, SeatLedger]]:
        """How a commit fails if any of these flights has moved: guards by name, and ledgers to write again unchanged.

        A guard travels on a fact, one on each. Flights that are left without one are written, at the revision they were read.
        """
        flights = sorted(read)
        guarded, rewritten = flights[: len(facts)], flights[len(facts) :]
        guards = {SEAT_LEDGER.key(flight=flight).name: self._revision(flight) for flight in guarded}
        return guards, {flight: self._flights[flight][0] for flight in rewritten}

    def _revision(self, flight: FlightKey) -> int:
        """The revision that a write to the flight's seats has to expect: 0 if there is no such ledger yet."""
        known = self._flights.get(flight)
        return known[1] if known else 0


def _about_seats(fact: SeatsDisrupted | SeatsFreed | SeatsReassigned) -> Addressed[Any]:
    subject: Subject[Any] = _ABOUT_SEATS[type(fact)]
    return subject.of(fact)


def _is_next(plan: PlanProposed, bookings: Mapping[Pnr, tuple[Booking, int]]) -> bool:
    """Whether the plan follows the last fact about its journey."""
    loaded = bookings.get(plan.pnr)
    journey = loaded[0].journey(plan.journey) if loaded else None
    return journey is not None and journey.last_fact == plan.follows


def _waitlist_key(journey: JourneyKey) -> Key[WaitlistEntry]:
    pnr, number = journey
    return WAITLIST.key(pnr=pnr, journey=number)

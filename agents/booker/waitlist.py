"""The waitlist, and when time alone asks for one of its parties to be looked at (`domain.waiting`)."""

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

from agents.booker.adapters import Ledger
from agents.booker.domain import Look, SaleRules, flights_awaited, lapses_at, looks, overdue_at
from bus import Bus, Deadlines, Entry, Fact, Seen, View
from contracts.ledger import JOURNEY_AFFECTED, WAITLIST, JourneyKey, WaitlistEntry
from contracts.names import FlightKey, Id
from contracts.subject import Key

_NOT_LOOKED_UP = datetime(1970, 1, 1, tzinfo=UTC)
"""The deadline of an entry whose flights are not in memory: it is due, and they are read then."""


class Waitlist:
    def __init__(self, bus: Bus, ledger: Ledger, rules: Callable[[], SaleRules]) -> None:
        self._bus, self._ledger, self._rules = bus, ledger, rules
        self._deadlines = Deadlines()
        self._awaiting: defaultdict[FlightKey, set[str]] = defaultdict(set)
        """Names of the entries that depend on a flight; some have gone since."""
        self._done: set[Id] = set()
        self._braked: set[str] = set()
        """Names of entries about which nothing is decided, for there is a brake on their journeys."""
        self._rewritten: dict[str, int] = {}
        """The revision at which this booker has last written an entry that lapsed or is overdue: what the view has until then
        is out of date."""
        self._entries: View[WaitlistEntry, WaitlistEntry] = bus.view(
            WAITLIST, lambda entry, _revision, _at: entry, changed=self._changed
        )

    def earliest(self) -> datetime | None:
        """When something is due next."""
        return self._deadlines.earliest()

    def moved(self, flights: Collection[FlightKey]) -> None:
        """Call when flights have changed in the ledger."""
        for flight in flights:
            for name in self._awaiting.get(flight, ()):
                self._schedule(name)

    async def due(self, now: datetime) -> list[Fact]:
        """Get what is to be emitted now, and was not before. Raises `Unavailable`."""
        entries = {name: seen.value for name in self._deadlines.due(now) if (seen := self._entries.get(name))}
        await self._ledger.flights({flight for entry in entries.values() for flight in flights_awaited(entry)})
        found = {
            look.fact.id: (name, look)
            for name, entry in entries.items()
            for look in self._looks(entry)
            if look.at <= now
        }
        keys: dict[Id, Key[Any]] = {
            id_: JOURNEY_AFFECTED.key(pnr=look.fact.pnr, id=id_) for id_, (_, look) in found.items()
        }
        waits = {name: WAITLIST.key(pnr=entry.pnr, journey=entry.journey) for name, entry in entries.items()}
        loaded = await self._bus.load([*keys.values(), *waits.values()], at_least=self._entries.sequence)
        self._done |= {id_ for id_, key in keys.items() if loaded[key]}
        facts = []
        for id_, (name, look) in found.items():
            if id_ not in self._done and (entry := loaded[waits[name]]):
                facts.append(Fact(JOURNEY_AFFECTED.of(look.fact), entry.cause))
        for name in entries:
            self._schedule(name)
        return facts

    async def lapsing(self, now: datetime) -> list[Entry[WaitlistEntry]]:
        """Get the entries that hold seats which lapse now. Call it after `due`, which has read their flights."""
        return await self._now(now, self._lapses_at)

    async def overdue(self, now: datetime) -> list[Entry[WaitlistEntry]]:
        """Get the entries that can have no legal trip from now on."""
        return await self._now(now, self._overdue_at)

    async def _now(self, now: datetime, due_at: Callable[[str], datetime | None]) -> list[Entry[WaitlistEntry]]:
        names = [name for name in self._deadlines.due(now) if (at := due_at(name)) is not None and at <= now]
        known = (seen.value for name in names if (seen := self._entries.get(name)))
        keys = [WAITLIST.key(pnr=entry.pnr, journey=entry.journey) for entry in known]
        loaded = await self._bus.load(keys, at_least=self._entries.sequence)
        return [entry for key in keys if (entry := loaded[key])]

    def by_other_rules(self) -> None:
        """Call when other rules are in force than when the entries were read."""
        for name in self._entries:
            self._schedule(name)

    def rewritten(self, journeys: Collection[JourneyKey], revision: int) -> None:
        """Call when the entries of these journeys were written with the commit that ended at this revision."""
        for pnr, number in journeys:
            name = WAITLIST.key(pnr=pnr, journey=number).name
            self._rewritten[name] = revision
            self._schedule(name)

    def hold(self, journeys: Collection[JourneyKey]) -> None:
        """Call when there is a brake on these journeys: their seats lapse, and they are marked, when it has ended."""
        for pnr, number in journeys:
            name = WAITLIST.key(pnr=pnr, journey=number).name
            self._braked.add(name)
            self._schedule(name)

    def brake_ended(self) -> None:
        """Call when a brake is in force no more."""
        braked, self._braked = self._braked, set()
        for name in braked:
            self._schedule(name)

    def done(self, facts: Collection[Fact]) -> None:
        """Call when these have been committed."""
        self._done |= {fact.addressed.message.id for fact in facts}
        for fact in facts:
            self._schedule(WAITLIST.key(pnr=fact.addressed.message.pnr, journey=fact.addressed.message.by).name)

    def _changed(self, name: str, entry: WaitlistEntry | None) -> None:
        if entry is None:
            self._rewritten.pop(name, None)
        for flight in flights_awaited(entry) if entry else ():
            self._awaiting[flight].add(name)
        self._schedule(name)

    def _schedule(self, name: str) -> None:
        seen = self._entries.get(name)
        if seen is None:
            self._deadlines.set(name, None)
        elif not self._ledger.has(flights_awaited(seen.value)):
            self._deadlines.set(name, _NOT_LOOKED_UP)
        else:
            times = [*(look.at for look in self._looks(seen.value)), self._lapses_at(name), self._overdue_at(name)]
            self._deadlines.set(name, min(filter(None, times), default=None))

    def _lapses_at(self, name: str) -> datetime | None:
        """When seats that this entry holds lapse; None while that is under way or under a brake, or its flights are not in
        memory."""
        seen = self._undecided(name)
        if seen is None or not self._ledger.has(seen.value.held):
            return None
        return lapses_at(seen.value, self._ledger.known(seen.value.held), rules=self._rules())

    def _overdue_at(self, name: str) -> datetime | None:
        """When it is too late for any trip; None while the mark of that is under way, or under a brake."""
        seen = self._undecided(name)
        return overdue_at(seen.value, rules=self._rules()) if seen else None

    def _undecided(self, name: str) -> Seen[WaitlistEntry] | None:
        """The entry, unless a decision about it is under way, or waits for an answer or the end of a brake."""
        seen = self._entries.get(name)
        if seen is None or name in self._braked or seen.revision < self._rewritten.get(name, 0):
            return None
        if seen.value.is_offered:
            return None
        return seen

    def _looks(self, entry: WaitlistEntry) -> list[Look]:
        """Those that have not been emitted; the flights are in memory."""
        flights = self._ledger.known(flights_awaited(entry))
        return [look for look in looks(entry, flights, rules=self._rules()) if look.fact.id not in self._done]

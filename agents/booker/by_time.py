"""What the booker does when an instant has come: of brakes, of flights that are silent, and of parties that wait."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from datetime import datetime

from agents.booker.adapters import Ledger
from agents.booker.brakes import BrakeKeeper
from agents.booker.domain import Lapses, SaleRules, Waiting, flights_needed, lapse, mark_overdue
from agents.booker.facts import fact_of
from agents.booker.lease import Lease
from agents.booker.offer_states import OfferStates
from agents.booker.offers import Offers
from agents.booker.planned import Plans
from agents.booker.silences import Silence, Silences
from agents.booker.waitlist import Waitlist
from bus import Bus, Entry
from contracts.brakes import Brakes
from contracts.ledger import JourneyKey, SeatLedger, WaitlistEntry
from contracts.names import FlightKey

_LOOKS = 500
"""Facts in one commit, of which the server accepts 1,000 messages."""
_LAPSES = 100
"""Parties in one commit that give up seats, or are marked: each has at most some eight messages."""
_SILENCES = 400
"""Flights that count as silent in one commit: each has two messages."""


class ByTime:
    def __init__(
        self,
        bus: Bus,
        ledger: Ledger,
        lease: Lease,
        rules: Callable[[], SaleRules],
        *,
        refused: MutableMapping[JourneyKey, int],
    ) -> None:
        """`refused` is filled with the revision of each journey's last refusal."""
        self._ledger, self._lease, self._rules, self._refused = ledger, lease, rules, refused
        self._waitlist = Waitlist(bus, ledger, rules)
        self.brakes = BrakeKeeper(
            bus, ledger, lease, rules_version=lambda: rules().version, ended=self._waitlist.brake_ended
        )
        self._silences = Silences(bus, ledger, rules)
        self.offer_states = OfferStates(bus, lease)
        self.plans = Plans(bus, ledger, lease, rules, brakes=self.brakes, offers=self.offer_states, refused=refused)
        self.offers = Offers(bus, ledger, lease, rules, plans=self.plans, states=self.offer_states)

    def moved(self, flights: Mapping[FlightKey, SeatLedger]) -> None:
        """Call when these flights have changed in the ledger."""
        self._waitlist.moved(flights)
        self._silences.moved(flights.values())
        self.offers.moved(flights)

    def by_other_rules(self) -> None:
        """Call when rules have come into force."""
        self._waitlist.by_other_rules()
        self._silences.by_other_rules()
        self.offers.by_other_rules()

    def wakes_at(self) -> datetime | None:
        """When something is due next."""
        times = (
            self._waitlist.earliest(),
            self._silences.earliest(),
            self.brakes.earliest(),
            self.offers.earliest(),
        )
        return min((at for at in times if at is not None), default=None)

    async def look_again(self, now: datetime) -> None:
        """Do what time alone asks for: of brakes, of flights that count as silent now, and of parties that wait."""
        async with self._lease.turn:
            while (refused := await self.brakes.release(now)) is not None:
                self._refused.update(refused)
            silent = await self._silences.due(now)
            for at in range(0, len(silent), _SILENCES):
                await self._fall_silent(silent[at : at + _SILENCES])
            await self.offers.end(now)
            facts = await self._waitlist.due(now)
            for at in range(0, len(facts), _LOOKS):
                share = facts[at : at + _LOOKS]
                await self._ledger.commit(share, seats={})
                self._waitlist.done(share)
            for due, decide in (
                (self._waitlist.lapsing, self._lapse),
                (self._waitlist.overdue, self._mark_overdue),
            ):
                entries = await due(now)
                for at in range(0, len(entries), _LAPSES):
                    await self._wait_on(entries[at : at + _LAPSES], decide, now)

    async def _fall_silent(self, silent: Sequence[Silence]) -> None:
        seats = {each.ledger.flight: each.ledger for each in silent}
        causes = {each.ledger.flight: each.cause for each in silent if each.cause}
        await self._ledger.commit([each.fact for each in silent], seats=seats, causes=causes)
        self.moved(seats)

    async def _wait_on(
        self,
        entries: Sequence[Entry[WaitlistEntry]],
        decide: Callable[[Sequence[Waiting], datetime], Awaitable[Lapses]],
        now: datetime,
    ) -> None:
        """Commit what time has changed for these parties, which wait."""
        at_least = max(entry.revision for entry in entries)
        loaded = await self._ledger.bookings((entry.message.pnr for entry in entries), at_least=at_least)
        waiting = [
            Waiting(loaded[entry.message.pnr][0], entry.message) for entry in entries if entry.message.pnr in loaded
        ]
        brakes = await self.brakes.in_force()
        braked = {(each.booking.pnr, each.entry.journey) for each in waiting if _is_braked(each, brakes, now)}
        self._waitlist.hold(braked)
        result = await decide([each for each in waiting if (each.booking.pnr, each.entry.journey) not in braked], now)
        if not result.facts:
            return  # their places on the waitlist have changed, and the view does not show it yet
        by = {(entry.message.pnr, entry.message.journey): entry for entry in entries}
        revisions = await self._ledger.commit(
            [fact_of(fact, by[key].cause) for key, fact in (*result.facts, *result.freed)],
            seats=result.seats,
            bookings={pnr: (booking, loaded[pnr][1]) for pnr, booking in result.bookings.items()},
            waiting={key: (entry, by[key].revision) for key, entry in result.waiting.items()},
            causes={pnr: cause for pnr, number in result.waiting if (cause := by[pnr, number].cause)}
            | {freed.flight: cause for key, freed in result.freed if (cause := by[key].cause)},
        )
        self._waitlist.rewritten(result.waiting.keys(), max(revisions.values()))

    async def _lapse(self, waiting: Sequence[Waiting], now: datetime) -> Lapses:
        """Give up the seats that these parties have held as long as they can."""
        flights = await self._flights_of(waiting)
        return lapse(
            waiting,
            flights=flights,
            now=now,
            rules=self._rules(),
            layouts=self._ledger.layouts,
            unnumbered=await self._ledger.unnumbered(flights.values()),
        )

    async def _mark_overdue(self, waiting: Sequence[Waiting], now: datetime) -> Lapses:
        """Mark these parties for a person: they can have no legal trip any more."""
        flights = await self._flights_of(waiting)
        return mark_overdue(waiting, flights=flights, now=now, rules=self._rules(), layouts=self._ledger.layouts)

    async def _flights_of(self, waiting: Sequence[Waiting]) -> dict[FlightKey, SeatLedger]:
        needed = flights_needed((), (each.booking for each in waiting), (each.entry for each in waiting))
        return await self._ledger.flights(needed)


def _is_braked(waiting: Waiting, brakes: Brakes, now: datetime) -> bool:
    journey = waiting.booking.journey(waiting.entry.journey)
    return journey is not None and brakes.on(journey, now) is not None

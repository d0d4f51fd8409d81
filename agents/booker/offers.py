"""Open offers as the active booker keeps them: their answers, and what time does to them (`domain.offering`)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

from msgspec import structs

from agents.booker.adapters import Ledger
from agents.booker.domain import Planned, SaleRules
from agents.booker.domain.apart import contradiction, trip_of
from agents.booker.domain.braking import MINUTE
from agents.booker.domain.offering import Reply, due_at, flights_of, is_void, lapsed_id, refusal_of
from agents.booker.facts import fact_of
from agents.booker.lease import Lease
from agents.booker.offer_states import OfferStates
from agents.booker.planned import Because, Plans
from bus import Bus, Deadlines, Delivery, Entry, View
from bus.logs import get_logger
from contracts.names import FlightKey, Id
from contracts.offers import OFFER, AnswerRefused, Offer, OfferAnswered

_NOT_LOOKED_UP = datetime(1970, 1, 1, tzinfo=UTC)
"""The deadline of an offer whose flights are not in memory: it is due, and they are read then."""
_AT_ONCE = 40
"""Offers that end in one commit: each has at most some twenty messages, and the server accepts 1,000."""

log = get_logger("booker")


class Offers:
    """`hear` takes the lease's turn; every other method but `earliest` is called in it."""

    def __init__(
        self,
        bus: Bus,
        ledger: Ledger,
        lease: Lease,
        rules: Callable[[], SaleRules],
        *,
        plans: Plans,
        states: OfferStates,
    ) -> None:
        self._bus, self._ledger, self._lease, self._rules = bus, ledger, lease, rules
        self._plans, self._states = plans, states
        self._deadlines = Deadlines()
        self._awaiting: defaultdict[FlightKey, set[str]] = defaultdict(set)
        """Names of the offers that depend on a flight; some have gone since."""
        self._not_before: dict[str, datetime] = {}
        """When to look again at offers that could not be ended, for there is a brake."""
        self._ended: dict[str, Id] = {}
        """By name, the offer that this booker has ended: what the view has until then is out of date."""
        self._open: View[Offer, Offer] = bus.view(OFFER, lambda offer, _revision, _at: offer, changed=self._changed)

    # Answers.

    async def hear(self, group: Sequence[Delivery[OfferAnswered]]) -> None:
        """Do what each answer says, or refuse it, in order, each in a commit of its own."""
        for delivery in group:
            async with self._lease.turn:
                await self._answer(delivery)

    async def _answer(self, delivery: Delivery[OfferAnswered]) -> None:
        answer = delivery.message
        if await self._states.is_answered(answer):
            return
        key = (answer.pnr, answer.journey)
        entry = (await self._states.open([key])).get(key)
        if entry is None and answer.pnr in await self._ledger.forgotten({answer.pnr}):
            log.info("answer of a forgotten party dropped")
            return
        offer = entry.message if entry else None
        flights = await self._ledger.flights(flights_of(offer) if offer else ())
        now = self._bus.now()
        refused = refusal_of(answer, offer, flights, rules=self._rules(), now=now)
        if offer is None or entry is None or refused is not None:
            why, detail = refused or ("unknown offer", "")
            refusal = AnswerRefused(
                pnr=answer.pnr,
                journey=answer.journey,
                id=answer.id,
                offer=answer.offer,
                refusal=why,
                detail=detail,
                decided_at=now,
                rules=self._rules().version,
            )
            await self._refuse(refusal, delivery)
            return
        reply = Reply(offer, answer.answer, answer.by, answer.option)
        await self._plans.decide([replying(reply, answer.id, entry, delivery)])

    async def _refuse(self, refusal: AnswerRefused, delivery: Delivery[OfferAnswered]) -> None:
        """Say that the answer changes nothing; and where it is the reservation system's, and the party is on another trip there
        than here, that a person has to know. One that repeats what a version of the booking has answered is not refused."""
        answer = delivery.message
        facts = [fact_of(refusal, delivery)]
        if answer.by == "system":
            offered, echo = await self._states.became_of(answer)
            trips = dict(zip(offered.options, map(trip_of, offered.trips), strict=True)) if offered else {}
            chosen = trips.get(answer.option or next(iter(trips), ""))
            if answer.answer == "take" and echo is not None and chosen == trip_of(echo.after):
                log.info("answer repeats what a version of the booking has answered", offer=answer.offer)
                return
            booking = (await self._ledger.bookings([answer.pnr])).get(answer.pnr)
            contradicted = contradiction(refusal, answer.answer, answer.option, trips, booking[0] if booking else None)
            facts += [fact_of(contradicted, delivery)] if contradicted else []
        await self._ledger.commit(facts, seats={})

    # Time.

    def earliest(self) -> datetime | None:
        """When something is due next."""
        return self._deadlines.earliest()

    def moved(self, flights: Collection[FlightKey]) -> None:
        """Call when flights have changed in the ledger."""
        for flight in flights:
            for name in self._awaiting.get(flight, ()):
                self._schedule(name)

    def by_other_rules(self) -> None:
        """Call when rules have come into force."""
        for name in self._open:
            self._schedule(name)

    async def end(self, now: datetime) -> None:
        """End the offers whose time has come, by their default, and those that do not hold any more."""
        names = list(self._deadlines.due(now))
        for at in range(0, len(names), _AT_ONCE):
            await self._end(names[at : at + _AT_ONCE], now)

    async def _end(self, names: Sequence[str], now: datetime) -> None:
        known = {(seen.value.pnr, seen.value.journey): name for name in names if (seen := self._open.get(name))}
        entries = await self._states.open(known)
        await self._ledger.flights({flight for each in entries.values() for flight in flights_of(each.message)})
        due = {key: entry for key, entry in entries.items() if self._due_at(entry.message) <= now}
        decided = await self._plans.decide([self._ends(entry) for entry in due.values()]) if due else None
        for key, name in known.items():
            if key not in entries or (decided and key in decided.offers):
                self._ended[name] = entries[key].message.id if key in entries else self._open_id(name)
            elif key in due:
                self._not_before[name] = now + MINUTE  # a brake is on it, or a cap lets no more moves through
        for name in names:
            self._schedule(name)

    def _ends(self, entry: Entry[Offer]) -> Planned[Because]:
        offer = entry.message
        void = is_void(offer, self._ledger.known(flights_of(offer)), rules=self._rules())
        return replying(Reply(offer, "void" if void else offer.default), lapsed_id(offer), entry, entry.cause)

    def _due_at(self, offer: Offer) -> datetime:
        return due_at(offer, self._ledger.known(flights_of(offer)), rules=self._rules())

    def _open_id(self, name: str) -> Id:
        seen = self._open.get(name)
        return seen.value.id if seen else ""

    def _changed(self, name: str, offer: Offer | None) -> None:
        if offer is None:
            self._ended.pop(name, None)
            self._not_before.pop(name, None)
        else:
            for flight in flights_of(offer):
                self._awaiting[flight].add(name)
        self._schedule(name)

    def _schedule(self, name: str) -> None:
        seen = self._open.get(name)
        if seen is None or self._ended.get(name) == seen.value.id:
            self._deadlines.set(name, None)
        elif not self._ledger.has(flights_of(seen.value)):
            self._deadlines.set(name, _NOT_LOOKED_UP)
        else:
            at = self._due_at(seen.value)
            self._deadlines.set(name, max(at, self._not_before.get(name, at)))


def replying(reply: Reply, id_: Id, entry: Entry[Offer], because: Because) -> Planned[Because]:
    """The offered plan, as this reply makes it. It rests on the booking as it was offered, or a later one."""
    return Planned(structs.replace(reply.offer.plan, id=id_, booking_revision=entry.revision), because, reply=reply)

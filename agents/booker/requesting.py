"""What the booker hears of requests: a thin shell around `domain.requests`. It works within the booker's turn."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from agents.booker.adapters import Ledger
from agents.booker.domain import SaleRules, ended_offers
from agents.booker.domain.requests import (
    Decided,
    Known,
    decide_request,
    refused_without_booking,
)
from agents.booker.domain.worksheet import Worksheet
from agents.booker.facts import fact_of
from agents.booker.knowledge import Asked, Knowledge
from agents.booker.lease import Lease
from agents.booker.offer_states import OfferStates
from agents.booker.quotes import names_kept
from bus import Bus, Delivery, Entry, Fact, Removal, Write
from bus.logs import get_logger
from contracts.ledger import SEATS_FREED, Booking, JourneyKey
from contracts.requests import (
    WISHED_NAMES,
    RequestMade,
    WishedNames,
)

log = get_logger("booker")


class Requests:
    """`rules` are those in force, and `held` how long a quote stands at most."""

    def __init__(
        self,
        bus: Bus,
        ledger: Ledger,
        lease: Lease,
        rules: Callable[[], SaleRules],
        *,
        knowledge: Knowledge,
        held: timedelta,
        offers: OfferStates,
    ) -> None:
        self._bus, self._ledger, self._lease, self._rules = bus, ledger, lease, rules
        self._knowledge, self._held, self._offers = knowledge, held, offers

    async def hear(self, group: Sequence[Delivery[RequestMade]]) -> None:
        """Carry out or refuse each request, in order, each in a commit of its own."""
        for delivery in group:
            async with self._lease.turn:
                if not await self._ledger.is_answered(delivery.message):
                    await self._decide(delivery)

    async def _decide(self, delivery: Delivery[RequestMade]) -> None:
        request = delivery.message
        key = (request.pnr, request.quote)
        quotes, kept = await self._ledger.quotes([key])
        used, names = quotes.get(key), kept.get(key)
        (known,) = await self._knowledge.of(
            [Asked(request.pnr, used.message.asked.wanted if used else None, names.message.names if names else {})],
            at_least=max(self._lease.since, used.message.booking_revision if used else 0),
        )
        if known is None:
            if await self._ledger.forgotten({request.pnr}):
                log.info("request of a forgotten party dropped")
                return
            refused = refused_without_booking(request, now=self._bus.now(), rules=self._rules().version)
            await self._ledger.commit([fact_of(refused, delivery)], seats={})
            return
        sheet: Worksheet[Delivery[RequestMade]] = Worksheet(
            known.flights,
            layouts=self._ledger.layouts,
            unnumbered=await self._ledger.unnumbered(known.flights.values()),
        )
        decided = decide_request(
            request,
            delivery,
            used=used.message if used else None,
            revision=used.revision if used else 0,
            known=known,
            sheet=sheet,
            held=self._held,
        )
        await self._commit(decided, delivery, known, {used.message.id: used.revision} if used else {}, names)

    async def _commit(
        self,
        decided: Decided[Delivery[RequestMade]],
        delivery: Delivery[RequestMade],
        known: Known,
        revisions: Mapping[str, int],
        names: Entry[WishedNames] | None,
    ) -> None:
        waiting_at = await self._waiting_at(known.booking, decided)
        pnr = known.booking.pnr
        ended = ended_offers({pnr: known.booking}, {pnr: decided.booking}) if decided.booking else []
        removals = await self._offers.removals(ended)
        kept: list[Write] = []
        if names is not None and decided.quotes:  # the quote is used, or followed by another
            removals.append(Removal(WISHED_NAMES.key(pnr=pnr, id=names.message.id), names.revision))
            kept = [
                names_kept(each, names.message.names, held=self._held) for each in decided.quotes if not each.used_by
            ]
        committed = await self._ledger.commit(
            [
                *(fact_of(fact, delivery) for fact in decided.facts),
                *(Fact(SEATS_FREED.of(fact), cause) for cause, fact in decided.freed),
            ],
            seats=decided.seats,
            bookings={known.booking.pnr: (decided.booking, known.revision)} if decided.booking else {},
            waiting={key: (entry, waiting_at[key]) for key, entry in decided.waiting.items()},
            read=decided.read,
            quotes=[(each, revisions.get(each.id, 0)) for each in decided.quotes],
            causes={known.booking.pnr: delivery, **decided.by},
            removals=removals,
            states=kept,
        )
        self._offers.wrote(ended, max(committed.values()))

    async def _waiting_at(self, booking: Booking, decided: Decided[Any]) -> dict[JourneyKey, int]:
        if not decided.waiting:
            return {}
        return (await self._ledger.waiting((booking.pnr, each.number) for each in booking.journeys))[1]

"""What the booker answers and hears of requests: a thin shell around `domain.requests`. It works within the booker's turn."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from msgspec import structs

from agents.booker.adapters import Ledger
from agents.booker.domain import SaleRules, ended_offers
from agents.booker.domain.plans import flights_needed
from agents.booker.domain.requests import (
    Decided,
    Known,
    decide_request,
    flights_asked_for,
    flights_of,
    quote,
    refused_without_booking,
)
from agents.booker.domain.worksheet import Worksheet
from agents.booker.facts import fact_of
from agents.booker.lease import Lease
from agents.booker.offer_states import OfferStates
from bus import AskFailed, Bus, Delivery, Entry, Fact, Removal, Write
from bus.logs import get_logger
from contracts.fares import FARE, Fare
from contracts.ledger import SEATS_FREED, Booking, JourneyKey
from contracts.names import FlightKey, Pnr
from contracts.requests import (
    WISHED_NAMES,
    Quote,
    Quoted,
    QuoteWanted,
    RequestMade,
    Wanted,
    WishedNames,
)
from policy.fares import FareRules

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
        fares: FareRules,
        held: timedelta,
        offers: OfferStates,
    ) -> None:
        self._bus, self._ledger, self._lease, self._rules = bus, ledger, lease, rules
        self._fares, self._held, self._offers = fares, held, offers

    async def quote(self, question: QuoteWanted) -> Quoted:
        """Say what a request would cost, and keep it. Asked again, the same question has the same answer."""
        async with self._lease.turn:
            if earlier := await self._ledger.quote(question.pnr, question.id):
                names = await self._ledger.wished_names(question.pnr, question.id)
                others = names is not None and names.message.names != question.names
                if others or earlier.message.asked != structs.replace(question, names={}):
                    raise AskFailed(409, "another quote has this id")
                return Quoted(quote=earlier.message, revision=earlier.revision)
            known = await self._known(question.pnr, question.wanted, names=question.names)
            if known is None:
                raise AskFailed(404, "no booking has this PNR")
            found = quote(question, known, held=self._held)
            kept = self._names(found, question.names) if found.outcome == "allowed" else []
            return Quoted(quote=found, revision=await self._ledger.keep_quote(found, states=kept))

    def _names(self, quote: Quote, names: Mapping[int, str]) -> list[Write]:
        """The names that a quote is about, to be kept for as long as any quote stands."""
        if not names:
            return []
        wished = WishedNames(pnr=quote.pnr, id=quote.id, names=dict(names))
        return [Write(WISHED_NAMES.of(wished), 0, lasts=self._held)]

    async def hear(self, group: Sequence[Delivery[RequestMade]]) -> None:
        """Carry out or refuse each request, in order, each in a commit of its own."""
        for delivery in group:
            async with self._lease.turn:
                if not await self._ledger.is_answered(delivery.message):
                    await self._decide(delivery)

    async def _decide(self, delivery: Delivery[RequestMade]) -> None:
        request = delivery.message
        used = await self._ledger.quote(request.pnr, request.quote)
        names = await self._ledger.wished_names(request.pnr, request.quote) if used else None
        known = await self._known(
            request.pnr,
            used.message.asked.wanted if used else None,
            names=names.message.names if names else {},
            at_least=used.message.booking_revision if used else 0,
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
                write for each in decided.quotes if not each.used_by for write in self._names(each, names.message.names)
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

    async def _known(
        self, pnr: Pnr, wanted: Wanted | None, *, names: Mapping[int, str], at_least: int = 0
    ) -> Known | None:
        """The booking and all that a quote or a request rests on, `names` among it; None: there is none."""
        loaded = await self._ledger.bookings([pnr], at_least=max(at_least, self._lease.since))
        if pnr not in loaded:
            return None
        booking, revision = loaded[pnr]
        waiting, _ = await self._ledger.waiting(
            ((pnr, journey.number) for journey in booking.journeys), at_least=revision
        )
        needed = flights_needed((), [booking], waiting.values()) | flights_of(booking, wanted)
        had = await self._ledger.moved_from([booking])
        return Known(
            booking=booking,
            revision=revision,
            flights=await self._ledger.flights(needed | had),
            waiting=waiting,
            now=self._bus.now(),
            rules=self._rules(),
            fares=self._fares,
            layouts=self._ledger.layouts,
            open=await self._open(wanted),
            names=names,
            offers=await self._offers.open_of([booking]),
        )

    async def _open(self, wanted: Wanted | None) -> dict[FlightKey, Fare]:
        """The open fares of the flights that are asked for."""
        keys = {flight: FARE.key(flight=flight) for flight in sorted(flights_asked_for(wanted))}
        loaded = await self._bus.load(keys.values())
        return {flight: entry.message for flight, key in keys.items() if (entry := loaded[key])}

"""What the streams hold about a party: its booking, its notices, and the facts about it for which no letter was sent."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct

from agents.notifier.domain import Answer, Reported, is_diverted, notified
from bus import Bus, Delivery, Entry
from contracts.care import CARE_OWED, RIGHTS_ACCOUNT, CareOwed
from contracts.flights import FLIGHT, Flight
from contracts.layouts import SeatNumber
from contracts.ledger import (
    BOOKING,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    SEAT_LEDGER,
    SEATS_REASSIGNED,
    Booking,
    BookingKept,
    BookingStranded,
    Leg,
    SeatLedger,
    SeatsReassigned,
)
from contracts.names import FlightKey, Id, Pnr
from contracts.notices import (
    NOTICE_FAILED,
    NOTICE_POINTLESS,
    NOTICE_SENT,
    NOTICE_SUPERSEDED,
    NoticeFailed,
    seats_notice,
)
from contracts.offers import TRIP_OFFERED, TripOffered
from contracts.requests import QUOTE, REQUEST_DONE, REQUEST_REFUSED, Quote
from contracts.subject import Key

_FACTS = (BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, TRIP_OFFERED)
FactId = tuple[Pnr, Id]
Numbers = tuple[SeatNumber, ...]
M = TypeVar("M", bound=Struct)


class Notices(Struct, frozen=True):
    """What became of some notices so far."""

    sent: set[FactId]
    failed: dict[FactId, Entry[NoticeFailed]]
    """The last failed attempt of each, also of one that was sent after it."""


class Present(Struct, frozen=True):
    """What is so now, of what some facts are about."""

    bookings: dict[Pnr, Booking]
    """As the facts left them or later. A party that was forgotten has none."""
    flights: dict[FlightKey, Flight]
    """The state of each flight of the facts and of these bookings, as far as it is known."""
    notices: Notices
    numbers: dict[FlightKey, dict[Pnr, Numbers]] = {}
    """Who has which seats, on those flights of the facts that give them out by number."""


class SeatsPresent(Struct, frozen=True):
    """What is so now, of what a fact about a flight's seats is about."""

    ledger: SeatLedger
    bookings: dict[Pnr, Booking]
    """Those of its parties. One that was forgotten has none."""
    flights: dict[FlightKey, Flight]
    """The state of each flight of these bookings, as far as it is known."""


class History:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def present(self, group: Sequence[Delivery[Reported]]) -> Present:
        """Read at once what these facts name, for letters wait for it; then what else their bookings name, if anything."""
        named = {leg.flight for d in group for leg in (*d.message.before, *_after(d.message), *_offered(d.message))}
        numbered = {leg.flight for d in group for leg in _after(d.message) if leg.seats}
        bookings, notices, flights, numbers = await asyncio.gather(
            self.bookings(group), self._notices(group), self.flights(named), self._numbers(numbered)
        )
        others = {leg.flight for booking in bookings.values() for leg in booking.all_legs} - named
        return Present(bookings, flights | await self.flights(others), notices, numbers)

    async def bookings(self, group: Sequence[Delivery[Reported]]) -> dict[Pnr, Booking]:
        """The bookings that these facts are about, as the facts left them or later."""
        return await self._bookings((d.message.pnr for d in group), at_least=_settled(group))

    async def _bookings(self, pnrs: Iterable[Pnr], *, at_least: int) -> dict[Pnr, Booking]:
        keys = {pnr: BOOKING.key(pnr=pnr) for pnr in pnrs}
        loaded = await self._bus.load(keys.values(), at_least=at_least)
        return {pnr: entry.message for pnr, key in keys.items() if (entry := loaded[key])}

    async def _notices(self, group: Sequence[Delivery[Reported]]) -> Notices:
        """The notices of these facts: a fact is delivered again after a failed attempt or a crash, or was restored."""
        return await self.notices(map(fact_id, group))

    async def notices(self, ids: Iterable[FactId]) -> Notices:
        """What became of these."""
        ids = list(ids)
        sent = {(pnr, id_): NOTICE_SENT.key(pnr=pnr, id=id_) for pnr, id_ in ids}
        failed = {(pnr, id_): NOTICE_FAILED.key(pnr=pnr, id=id_) for pnr, id_ in ids}
        keys: list[Key[Any]] = [*sent.values(), *failed.values()]
        loaded = await self._bus.load(keys)
        return Notices(
            {of for of, key in sent.items() if loaded[key]},
            {of: entry for of, key in failed.items() if (entry := loaded[key])},
        )

    async def fact(self, pnr: Pnr, id_: Id) -> Delivery[Reported] | None:
        """The fact with this id as it was delivered, in a trace of its own; None if it has left the stream."""
        keys: list[Key[Any]] = [family.key(pnr=pnr, id=id_) for family in _FACTS]
        loaded = await self._bus.load(keys)
        return next((_delivered(key, entry) for key in keys if (entry := loaded[key])), None)

    # Of seats that a flight has given out again.

    async def seats_present(self, cause: Delivery[SeatsReassigned], parties: Collection[Pnr]) -> SeatsPresent:
        """Read what a letter to each of these parties about the fact needs."""
        ledger, bookings = await asyncio.gather(self.seats(cause), self._bookings(parties, at_least=cause.settled))
        of_them = {leg.flight for booking in bookings.values() for leg in booking.all_legs}
        return SeatsPresent(ledger, bookings, await self.flights(of_them))

    async def seats(self, cause: Delivery[SeatsReassigned]) -> SeatLedger:
        """The flight's seats, as the fact left them or later."""
        key = SEAT_LEDGER.key(flight=cause.message.flight)
        entry = (await self._bus.load([key], at_least=cause.settled))[key]
        if entry is None:
            raise LookupError(f"{key.name} is gone, and there is a fact about it")
        return entry.message

    async def booking(self, pnr: Pnr, *, at_least: int = 0) -> Booking | None:
        """As it is at this sequence of LEDGER or later; None: there is none, or it was forgotten."""
        return (await self._bookings([pnr], at_least=at_least)).get(pnr)

    # Of all that a party has notices of.

    async def caused_at(self, pnr: Pnr, *, at_least: int) -> dict[FactId, datetime]:
        """When the facts were written that the party's last notices are about: of each journey, of what is owed for it, and of
        its seats on each flight. Read as of this sequence of LEDGER or later."""
        booking = await self.booking(pnr, at_least=at_least)
        if booking is None:
            return {}
        found = {
            (pnr, fact.message.id): fact.stored_at
            for journey in booking.journeys
            if journey.last_fact
            and (fact := await self.fact(pnr, journey.last_fact) or await self.answer(pnr, journey.last_fact))
        }
        accounts = [RIGHTS_ACCOUNT.key(pnr=pnr, journey=journey.number) for journey in booking.journeys]
        loaded = await self._bus.load(accounts)
        for account in accounts:
            if (
                (entry := loaded[account])
                and entry.message.last_care
                and (care := await self.care(pnr, entry.message.last_care))
            ):
                found[pnr, care.message.id] = care.stored_at
        for flight in {leg.flight for leg in booking.all_legs}:
            if of := await self._last_seats(pnr, flight):
                found[pnr, seats_notice(flight, of.message.n)] = of.stored_at
        return found

    async def _last_seats(self, pnr: Pnr, flight: FlightKey) -> Delivery[SeatsReassigned] | None:
        """The last fact about the flight's seats of which the party has a notice."""
        ledger = (await self._bus.load([key := SEAT_LEDGER.key(flight=flight)]))[key]
        last = ledger.message.last_fact if ledger else 0
        keys = [SEATS_REASSIGNED.key(flight=flight, n=n) for n in range(last, 0, -1)]
        loaded = await self._bus.load(keys)
        facts = (_delivered(key, entry) for key in keys if (entry := loaded[key]))
        return next((fact for fact in facts if pnr in {party.pnr for party in notified(fact.message)}), None)

    async def ended(self, ids: Iterable[FactId]) -> set[FactId]:
        """Those of these notices that were superseded or pointless."""
        keys: dict[Key[Any], FactId] = {
            subject.key(pnr=pnr, id=id_): (pnr, id_)
            for pnr, id_ in ids
            for subject in (NOTICE_SUPERSEDED, NOTICE_POINTLESS)
        }
        loaded = await self._bus.load(keys)
        return {of for key, of in keys.items() if loaded[key]}

    # Of what is owed.

    async def care(self, pnr: Pnr, id_: Id) -> Delivery[CareOwed] | None:
        """The package with this id, as it was delivered, in a trace of its own; None if there is none."""
        key = CARE_OWED.key(pnr=pnr, id=id_)
        entry = (await self._bus.load([key]))[key]
        return _delivered(key, entry) if entry else None

    async def last_care(self, cause: Delivery[CareOwed]) -> Id:
        """The last `CareOwed` about the journey, as of this one or later."""
        key = RIGHTS_ACCOUNT.key(pnr=cause.message.pnr, journey=cause.message.journey)
        entry = (await self._bus.load([key], at_least=cause.settled))[key]
        return entry.message.last_care if entry else ""

    async def care_in_letter(self, pnr: Pnr, fact: Id) -> Id:
        """The `CareOwed` whose package the letter about this fact has; empty: there is no such letter, or it says nothing of
        rights."""
        if not fact:
            return ""
        key = NOTICE_SENT.key(pnr=pnr, id=fact)
        entry = (await self._bus.load([key]))[key]
        return entry.message.care if entry else ""

    async def was_informed_of(self, care: CareOwed) -> bool:
        """Whether one before this has a letter, or is in one about the trip."""
        before = care.follows
        while before:
            outcomes: list[Key[Any]] = [each.key(pnr=care.pnr, id=before) for each in (NOTICE_SENT, NOTICE_SUPERSEDED)]
            key = CARE_OWED.key(pnr=care.pnr, id=before)
            loaded = await self._bus.load([*outcomes, key])
            if any(loaded[each] for each in outcomes):
                return True
            entry = loaded[key]
            before = entry.message.follows if entry else ""
        return False

    async def reassigned(self, flight: FlightKey, n: int) -> Delivery[SeatsReassigned] | None:
        """The fact with this number as it was delivered, in a trace of its own; None if it has left the stream."""
        key = SEATS_REASSIGNED.key(flight=flight, n=n)
        entry = (await self._bus.load([key]))[key]
        return _delivered(key, entry) if entry else None

    # Of requests.

    async def answer(self, pnr: Pnr, id_: Id) -> Delivery[Answer] | None:
        """What became of the request with this id, as it was delivered, in a trace of its own; None: it has left the stream."""
        keys: list[Key[Any]] = [family.key(pnr=pnr, id=id_) for family in (REQUEST_DONE, REQUEST_REFUSED)]
        loaded = await self._bus.load(keys)
        return next((_delivered(key, entry) for key in keys if (entry := loaded[key])), None)

    async def quotes(self, cause: Delivery[Answer], *ids: Id) -> list[Quote | None]:
        """The party's quotes with these ids, as of this answer or later; None: there is none, or not any more."""
        keys = {id_: QUOTE.key(pnr=cause.message.pnr, id=id_) for id_ in ids if id_}
        loaded = await self._bus.load(keys.values(), at_least=cause.settled)
        found = {id_: entry.message for id_, key in keys.items() if (entry := loaded[key])}
        return [found.get(id_) for id_ in ids]

    async def seats_of(self, pnr: Pnr, flights: Collection[FlightKey], *, at_least: int) -> dict[FlightKey, Numbers]:
        """The party's seats by number on these flights, as of this sequence of LEDGER or later."""
        numbers = await self._numbers(flights, at_least=at_least)
        return {flight: own[pnr] for flight, own in numbers.items() if pnr in own}

    # Of flights.

    async def flights(self, flights: Collection[FlightKey]) -> dict[FlightKey, Flight]:
        """The state of each of these, as far as it is known."""
        keys = {flight: FLIGHT.key(flight=flight) for flight in sorted(flights)}
        loaded = await self._bus.load(keys.values())
        return {flight: entry.message for flight, key in keys.items() if (entry := loaded[key])}

    async def _numbers(
        self, flights: Collection[FlightKey], *, at_least: int = 0
    ) -> dict[FlightKey, dict[Pnr, Numbers]]:
        if not flights:
            return {}
        keys = {flight: SEAT_LEDGER.key(flight=flight) for flight in sorted(flights)}
        loaded = await self._bus.load(keys.values(), at_least=at_least)
        return {flight: entry.message.numbers for flight, key in keys.items() if (entry := loaded[key])}

    async def unsent(self, group: Sequence[Delivery[Reported]]) -> dict[FactId, list[Reported]]:
        """For each of these facts, the facts just before it for which no letter was sent, oldest first.

        A letter counts as sent once `notice.sent` says so, even if another replica is sending it now or died after sending
        it: reading something twice does no harm, and a party must not be taken to know what it never read. A fact that has
        left the stream by age, after a fortnight, counts as sent.
        """
        found: dict[FactId, list[Reported]] = {fact_id(d): [] for d in group}
        oldest = {fact_id(d): d.message for d in group}
        while oldest := await self._before(oldest, at_least=_settled(group)):
            for of, fact in oldest.items():
                found[of].insert(0, fact)
        return found

    async def diverted(
        self, unsent: Mapping[FactId, Sequence[Reported]], group: Sequence[Delivery[Reported]]
    ) -> dict[FactId, BookingKept]:
        """For each of these facts that keeps a party on flights which all go to their own destinations: the fact before it and
        its `unsent` ones, whose letter was sent, if that was about a diversion."""
        last = {
            (fact.pnr, fact.id): follows
            for fact in (d.message for d in group)
            if isinstance(fact, BookingKept)
            and not is_diverted(fact)
            and (follows := next(iter(unsent[fact.pnr, fact.id]), fact).follows)
        }
        found: dict[FactId, BookingKept] = {}
        while last:
            kept = {of: BOOKING_KEPT.key(pnr=of[0], id=follows) for of, follows in last.items()}
            loaded = await self._bus.load(kept.values())
            found |= {of: entry.message for of, key in kept.items() if (entry := loaded[key])}
            # An offer changes nothing: what counts is the fact before it.
            offers = {of: TRIP_OFFERED.key(pnr=of[0], id=last[of]) for of in last.keys() - found.keys()}
            offered = await self._bus.load(offers.values(), at_least=_settled(group))
            before = {of: offer.message.follows for of, key in offers.items() if (offer := offered[key])}
            last = {of: follows for of, follows in before.items() if follows}
        return {of: fact for of, fact in found.items() if is_diverted(fact)}

    async def asked(
        self, unsent: Mapping[FactId, Sequence[Reported]], group: Sequence[Delivery[Reported]]
    ) -> dict[Pnr, set[Id]]:
        """Of the offers that ended without an answer, by these facts or the `unsent` ones before them, those that the party was
        asked about in a letter."""
        facts = [fact for d in group for fact in (*unsent[fact_id(d)], d.message)]
        ended = {(fact.pnr, fact.offer) for fact in facts if fact.offer and fact.answered_by is None}
        offers = {(pnr, id_): TRIP_OFFERED.key(pnr=pnr, id=id_) for pnr, id_ in ended}
        notices = {(pnr, id_): NOTICE_SENT.key(pnr=pnr, id=id_) for pnr, id_ in ended}
        loaded, sent = await asyncio.gather(
            self._bus.load(offers.values(), at_least=_settled(group)), self._bus.load(notices.values())
        )
        found: dict[Pnr, set[Id]] = {}
        for (pnr, id_), key in offers.items():
            offer, notice = loaded[key], sent[notices[pnr, id_]]
            if notice and offer and offer.message.answerer == "party":
                found.setdefault(pnr, set()).add(id_)
        return found

    async def _before(self, facts: dict[FactId, Reported], *, at_least: int) -> dict[FactId, Reported]:
        """The fact before each, where there is one and no letter about it was sent."""
        notices = {of: NOTICE_SENT.key(pnr=f.pnr, id=f.follows) for of, f in facts.items() if f.follows}
        sent = await self._bus.load(notices.values())
        unsent = [of for of, key in notices.items() if sent[key] is None]
        keys: list[tuple[FactId, Key[Any]]] = [
            (of, family.key(pnr=facts[of].pnr, id=facts[of].follows)) for of in unsent for family in _FACTS
        ]
        loaded = await self._bus.load((key for _, key in keys), at_least=at_least)
        return {of: entry.message for of, key in keys if (entry := loaded[key])}


def _delivered(key: Key[M], entry: Entry[M]) -> Delivery[M]:
    return Delivery(
        message=entry.message, subject=key.name, stream=key.stream, sequence=entry.revision, settled=entry.revision,
        id=key.name, trace="", stored_at=entry.written_at,
    )  # fmt: skip


def fact_id(delivery: Delivery[Reported]) -> FactId:
    return delivery.message.pnr, delivery.message.id


def _after(fact: Reported) -> tuple[Leg, ...]:
    return fact.flown if isinstance(fact, BookingStranded) else fact.after


def _offered(fact: Reported) -> tuple[Leg, ...]:
    return tuple([leg for trip in fact.trips for leg in trip]) if isinstance(fact, TripOffered) else ()


def _settled(group: Sequence[Delivery[Reported]]) -> int:
    """The last sequence of the stream that is sure to exist, since all of these were delivered."""
    return max((d.settled for d in group), default=0)

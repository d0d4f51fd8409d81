"""The reservation system's word, as the active booker hears it: loads what a version rests on, commits what becomes of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import NamedTuple

from agents.booker.adapters import Ledger
from agents.booker.domain import (
    Amendments,
    SaleRules,
    Stated,
    amend,
    canonical_status,
    ended_offers,
    flights_needed,
    named_flights,
    new_legs,
    operated_status,
    pnrs_of,
)
from agents.booker.domain.echoing import agrees, echo_id, echoed, is_booked
from agents.booker.domain.offering import flights_of
from agents.booker.facts import fact_of
from agents.booker.lease import Lease
from agents.booker.offer_states import OfferStates
from agents.booker.offers import replying
from agents.booker.planned import Plans
from bus import Bus, Deferred, Delivery, Entry, Retry
from bus.logs import get_logger
from contracts.ledger import Booking, JourneyKey, SeatLedger, WaitlistEntry
from contracts.names import FlightKey, Pnr
from contracts.offers import Offer
from contracts.reservations import ReservationStatus

_AT_ONCE = 24
"""Statuses in one commit: each has at most some forty messages, its flights before and after among them, and the server accepts
1,000."""
_SOON, _LATER = timedelta(seconds=1), timedelta(minutes=1)
"""The least and the longest pause, in event time, before a status that rests on what is missing is heard again."""

log = get_logger("booker")


class _Known(NamedTuple):
    """What statuses are decided on."""

    stated: Sequence[Stated[Delivery[ReservationStatus]]]
    loaded: Mapping[Pnr, tuple[Booking, int]]
    """Bookings, with their revisions."""
    waiting: Mapping[JourneyKey, WaitlistEntry]
    waiting_at: Mapping[JourneyKey, int]
    flights: Mapping[FlightKey, SeatLedger]
    forgotten: Mapping[Pnr, int]
    offers: Mapping[JourneyKey, Entry[Offer]]
    """The open ones."""

    @property
    def bookings(self) -> dict[Pnr, Booking]:
        return {pnr: booking for pnr, (booking, _) in self.loaded.items()}


class Reservations:
    """`hear` takes the lease's turn."""

    def __init__(
        self,
        bus: Bus,
        ledger: Ledger,
        lease: Lease,
        rules: Callable[[], SaleRules],
        *,
        plans: Plans,
        offers: OfferStates,
    ) -> None:
        self._bus, self._ledger, self._lease, self._rules = bus, ledger, lease, rules
        self._plans, self._offers = plans, offers

    async def hear(self, group: Sequence[Delivery[ReservationStatus]]) -> list[Deferred]:
        """Apply what the reservation system says of its bookings, or say what contradicts it, a few in each batch. Returns the
        statuses that come again, for what they rest on may still come."""
        ahead: list[Deferred] = []
        for share in _by_commit(group):
            async with self._lease.turn:
                known = await self._read(share)
                result = await self._taken(known, share[0]) if share[0].message.offer else None
                if result is None:
                    result = await self._decided(known)
                    await self._commit(known, result, share)
                ahead += [Deferred(d, partial(_wait, d, missing, self._bus)) for d, missing in result.ahead]
        return ahead

    async def _read(self, group: Sequence[Delivery[ReservationStatus]]) -> _Known:
        named = [canonical_status(d.message) for d in group]
        operated_as = await self._ledger.operated_as(named_flights(b for status in named for b in status.bookings))
        statuses = [operated_status(status, operated_as) for status in named]
        pnrs = {pnr for status in statuses for pnr in pnrs_of(status)}
        loaded = await self._ledger.bookings(pnrs)
        stranded = {
            (pnr, journey.number): revision
            for pnr, (booking, revision) in loaded.items()
            for journey in booking.journeys
            if journey.state == "stranded"
        }
        splits = [(status.pnr, split.pnr) for status in statuses if (split := status.split_from)]
        new = {(own, number) for own, _ in splits for _, number in stranded}
        waiting, waiting_at = await self._ledger.waiting({*stranded, *new}, at_least=max(stranded.values(), default=0))
        forgotten = await self._ledger.forgotten(pnrs - loaded.keys())
        if forgotten:
            log.info("statuses of forgotten parties dropped", parties=len(forgotten))
        theirs = [booking for status in statuses for booking in status.bookings]
        ours = [booking for booking, _ in loaded.values()]
        smaller = [booking.pnr for booking in theirs if _is_smaller(booking, loaded.get(booking.pnr))]
        had = await self._ledger.moved_from(
            loaded[pnr][0] for pnr in {*smaller, *(other for _, other in splits)} if pnr in loaded
        )
        flights = await self._ledger.flights(flights_needed((), [*theirs, *ours], waiting.values()) | had)
        stated = [Stated(status, d, _came_at(d)) for status, d in zip(statuses, group, strict=True)]
        offers = await self._offers.entries_of(ours)
        return _Known(stated, loaded, waiting, waiting_at, flights, forgotten, offers)

    async def _taken(
        self, known: _Known, delivery: Delivery[ReservationStatus]
    ) -> Amendments[Delivery[ReservationStatus]] | None:
        """Take the trip of an open offer that this version has, and decide the version after it, in one commit. None, and
        nothing is written: it takes none."""
        status = known.stated[0].status
        booking = known.bookings.get(status.pnr)
        if booking is None:
            return None
        offers = {key: entry.message for key, entry in known.offers.items()}
        flights = await self._ledger.flights({flight for offer in offers.values() for flight in flights_of(offer)})
        reply = echoed(status, booking, offers, flights, rules=self._rules(), now=self._bus.now())
        if reply is None:
            return None
        key = (booking.pnr, reply.offer.journey)
        planned = replying(reply, echo_id(*key, reply.offer.id), known.offers[key], delivery)
        considered = await self._plans.consider([planned])
        if not is_booked(reply.offer, considered.decision):
            return None
        result = await self._decided(
            known._replace(
                loaded={pnr: (each, 0) for pnr, each in considered.bookings.items()},
                waiting=considered.waiting,
                flights={**known.flights, **considered.flights},
                offers={each: entry for each, entry in known.offers.items() if each != key},
            )
        )
        if not agrees(reply.offer, result):
            return None
        await self._plans.commit(considered, result)
        return result

    async def _decided(self, known: _Known) -> Amendments[Delivery[ReservationStatus]]:
        theirs = [booking for each in known.stated for booking in each.status.bookings]
        return amend(
            known.stated,
            bookings=known.bookings,
            flights=known.flights,
            waiting=known.waiting,
            now=self._bus.now(),
            rules=self._rules(),
            forgotten=known.forgotten,
            offers={key: entry.message for key, entry in known.offers.items()},
            layouts=self._ledger.layouts,
            unnumbered=await self._ledger.unnumbered(known.flights.values()),
            misnamed=await self._ledger.misnamed(new_legs(theirs, known.bookings), known.flights),
        )

    async def _commit(
        self,
        known: _Known,
        result: Amendments[Delivery[ReservationStatus]],
        group: Sequence[Delivery[ReservationStatus]],
    ) -> None:
        if not result.bookings and not result.facts:
            return
        ended = ended_offers(known.bookings, result.bookings)
        removals = await self._offers.removals(ended)
        revisions = await self._ledger.commit(
            [fact_of(fact, cause) for cause, fact in (*result.facts, *result.freed, *result.replanned)],
            seats=result.seats,
            bookings={
                pnr: (booking, known.loaded[pnr][1] if pnr in known.loaded else 0)
                for pnr, booking in result.bookings.items()
            },
            waiting={each: (entry, known.waiting_at[each]) for each, entry in result.waiting.items()},
            causes={pnr: d for d in group for pnr in pnrs_of(d.message)} | result.by,
            removals=removals,
        )
        self._offers.wrote(ended, max(revisions.values()))


def _by_commit(group: Sequence[Delivery[ReservationStatus]]) -> Iterator[Sequence[Delivery[ReservationStatus]]]:
    """The group in shares, each of one commit: a few in order, and one that names an offer by itself."""
    for names_offer, run in groupby(group, key=lambda d: bool(d.message.offer)):
        statuses, most = list(run), 1 if names_offer else _AT_ONCE
        for at in range(0, len(statuses), most):
            yield statuses[at : at + most]


async def _wait(delivery: Delivery[ReservationStatus], missing: str, bus: Bus) -> None:
    """Have the status delivered again: soon, or later if it has been waited with for long."""
    age = bus.now() - _came_at(delivery)
    raise Retry(min(max(age / 2, _SOON), _LATER) / (bus.tick.speed or 1), missing)


def _is_smaller(theirs: Booking, loaded: tuple[Booking, int] | None) -> bool:
    return loaded is not None and theirs.party.seats < loaded[0].party.seats


def _came_at(delivery: Delivery[ReservationStatus]) -> datetime:
    return delivery.written_at or delivery.stored_at

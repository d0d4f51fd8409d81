"""Offers in the ledger, as the active booker reads and writes them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from agents.booker.domain.echoing import echo_id
from agents.booker.lease import Lease
from bus import Bus, Cause, Delivery, Entry, Loaded, Removal, Write
from contracts.ledger import BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, Booking, BookingChanged, JourneyKey
from contracts.names import Pnr
from contracts.offers import ANSWER_REFUSED, OFFER, TRIP_OFFERED, Offer, OfferAnswered, TripOffered
from contracts.subject import Key, Subject

_REPLIES: tuple[Subject[Any], ...] = (ANSWER_REFUSED, BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED)
"""The facts that have an answer's id."""


class OfferStates:
    """A read finds at least what this booker has written."""

    def __init__(self, bus: Bus, lease: Lease) -> None:
        self._bus, self._lease = bus, lease
        self._written_at = 0
        """LEDGER sequence of the last commit with an offer."""

    async def open(self, journeys: Iterable[JourneyKey]) -> dict[JourneyKey, Entry[Offer]]:
        """Get the open offers of these journeys."""
        keys = {each: _key(each) for each in journeys}
        loaded = await self._load(keys.values())
        return {each: entry for each, key in keys.items() if (entry := loaded[key])}

    async def open_of(self, bookings: Iterable[Booking]) -> dict[JourneyKey, Offer]:
        """Get the open offers of these bookings."""
        return {key: entry.message for key, entry in (await self.entries_of(bookings)).items()}

    async def entries_of(self, bookings: Iterable[Booking]) -> dict[JourneyKey, Entry[Offer]]:
        """Get the open offers of these bookings, with their revisions."""
        keys = [(each.pnr, journey.number) for each in bookings for journey in each.journeys if journey.offer]
        return await self.open(keys) if keys else {}

    async def is_answered(self, answer: OfferAnswered) -> bool:
        """Whether something was decided about the answer before: it is redelivered."""
        keys: list[Key[Any]] = [subject.key(pnr=answer.pnr, id=answer.id) for subject in _REPLIES]
        loaded = await self._load(keys)
        return any(loaded[key] for key in keys)

    async def became_of(self, answer: OfferAnswered) -> tuple[TripOffered | None, BookingChanged | None]:
        """Get the fact that made the offer of this answer, and the one by which a version of the booking has taken it."""
        made = TRIP_OFFERED.key(pnr=answer.pnr, id=answer.offer)
        echo = BOOKING_CHANGED.key(pnr=answer.pnr, id=echo_id(answer.pnr, answer.journey, answer.offer))
        keys: list[Key[Any]] = [made, echo]
        loaded = await self._load(keys)
        offered, taken = loaded[made], loaded[echo]
        return offered.message if offered else None, taken.message if taken else None

    async def writes(
        self, offers: Mapping[JourneyKey, Offer | None], causes: Mapping[Pnr, Delivery[Any] | Cause | None]
    ) -> tuple[list[Write], list[Removal]]:
        """What a commit has to write for these offers: a new one, or none any more. `wrote` has to follow."""
        if not offers:
            return [], []
        keys = {each: _key(each) for each in offers}
        loaded = await self._load(keys.values())
        states = [
            Write(OFFER.of(offer), loaded.revision(keys[each]), causes.get(offer.pnr))
            for each, offer in offers.items()
            if offer is not None
        ]
        gone = [keys[each] for each, offer in offers.items() if offer is None and loaded[keys[each]]]
        return states, [Removal(key, loaded.revision(key)) for key in gone]

    def wrote(self, offers: Collection[JourneyKey], sequence: int) -> None:
        """Call once these are stored, in a commit that ended at this LEDGER sequence."""
        if offers:
            self._written_at = sequence

    async def removals(self, journeys: Iterable[JourneyKey]) -> list[Removal]:
        """What a commit has to remove where these journeys have open offers that end. `wrote` has to follow."""
        return (await self.writes(dict.fromkeys(journeys), {}))[1]

    async def _load(self, keys: Iterable[Key[Any]]) -> Loaded:
        return await self._bus.load(keys, at_least=max(self._lease.since, self._written_at))


def _key(journey: JourneyKey) -> Key[Offer]:
    pnr, number = journey
    return OFFER.key(pnr=pnr, journey=number)

"""The facts about a journey that letters report: what has become of a trip, and that another one is offered."""

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import structs

from agents.notifier.domain.merging import first_reroute
from contracts.flights import Instant
from contracts.ledger import Booking, BookingFact
from contracts.offers import TripOffered

Reported: TypeAlias = BookingFact | TripOffered


def about_the_trip(facts: Iterable[Reported]) -> list[BookingFact]:
    """Those that say which trip the party has. An offer changes nothing."""
    return [fact for fact in facts if not isinstance(fact, TripOffered)]


def merged_offer(earlier: list[BookingFact], offer: TripOffered) -> TripOffered:
    """The offer, as it is for a party that had no letter about the `earlier` facts, which are oldest first: it knows the trip
    before the first of them."""
    if not earlier:
        return offer
    cause = first_reroute(earlier) or offer
    return structs.replace(offer, before=earlier[0].before, reason=cause.reason, broken_by=cause.broken_by)


def has_ended(offer: TripOffered, latest: Booking, now: Instant) -> bool:
    """Whether it is too late to answer, or the offer has ended without an answer."""
    journey = latest.journey(offer.journey)
    return now >= offer.until or journey is None or journey.offer != offer.id

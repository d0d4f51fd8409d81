"""The other journeys of a booking, as far as a letter about one of them has to mention them."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from msgspec import Struct

from agents.notifier.domain.known import Known
from contracts.ledger import Journey, Leg, Ticket
from contracts.names import Airport

_LONGEST_CHANGE = timedelta(hours=3)
"""Two journeys with more time between them do not touch, whatever the rules for changing planes: a default of ours."""


class OtherTrip(Struct, frozen=True, kw_only=True):
    origin: Airport
    destination: Airport
    first: Leg
    """Its first flight, at the times that a letter shows."""
    is_affected: bool
    """It begins before the trip of the letter ends: it will be changed too, and the reader gets a letter about that."""


class Booked(Struct, frozen=True, kw_only=True):
    """One of several journeys of a booking, and the others."""

    ticket: Ticket
    """Of the journey that the letter is about."""
    before: Leg | None
    """The last flight of the journey before it."""
    comes_first: bool = False
    """The journey before it has flights that its party has still to take, or is on."""
    others: tuple[OtherTrip, ...]
    """Those that have flights and have not begun, in order of travel. One that begins so soon after this one that it may have
    to be changed is left out."""


def booked_of(journeys: Sequence[Journey], number: int, trip: Sequence[Leg], known: Known) -> Booked | None:
    """The journey with this number among those of its booking, which are in order of travel; None if it is the only one.
    `trip`: the flights of it that are being flown and ahead."""
    at = next((i for i, journey in enumerate(journeys) if journey.number == number), None)
    if at is None or len(journeys) < 2:
        return None
    before = journeys[at - 1].legs[-1:] if at else ()
    return Booked(
        ticket=journeys[at].ticket,
        before=known.shown(before[0]) if before else None,
        comes_first=at > 0 and len(known.progress(journeys[at - 1].legs).flown) < len(journeys[at - 1].legs),
        others=(
            *_others(journeys[:at], known),
            *_others(journeys[at + 1 :], known, after=journeys[at], ends=trip[-1] if trip else None),
        ),
    )


def _others(
    journeys: Sequence[Journey], known: Known, *, after: Journey | None = None, ends: Leg | None = None
) -> Iterator[OtherTrip]:
    """`ends`: the last flight of the journey `after` which these come."""
    for journey in journeys:
        if not journey.legs or known.progress(journey.legs).ahead != journey.legs:
            continue
        first, ticket = known.shown(journey.legs[0]), journey.ticket
        stay = first.departs - ends.arrives if ends else None
        sold = ticket.departs - after.ticket.arrives if after else timedelta(0)
        if stay is None or stay < timedelta(0) or stay >= min(sold, _LONGEST_CHANGE):
            is_affected = stay is not None and stay < timedelta(0)
            yield OtherTrip(origin=ticket.origin, destination=ticket.destination, first=first, is_affected=is_affected)

"""What a shadow has decided, and where the present process has decided otherwise."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bus import Bus
from contracts.ledger import (
    BOOKING,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    BookingChanged,
    BookingFact,
    BookingStranded,
    JourneyKey,
    Leg,
)
from contracts.names import FlightKey, Pnr
from contracts.notices import NOTICE_SENT
from contracts.offers import TRIP_OFFERED, TripOffered
from contracts.reservations import BOOKING_AMENDED, BOOKING_CONTRADICTED, BOOKING_WITHDRAWN, BookingContradicted
from contracts.subject import Subject
from irops.system.contradicted import contradicted
from irops.terminal.failures import Failed

Decided = BookingFact | TripOffered
_SUBJECTS: tuple[Subject[Any], ...] = (BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, TRIP_OFFERED)

_CHANGES: tuple[Subject[Any], ...] = (BOOKING_AMENDED, BOOKING_WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadowed:
    began: datetime
    """Event time."""
    decided: Sequence[Decided]
    """The shadow's last fact about each journey, in the order of the stream. What the live system had decided before the shadow
    began is left out."""
    letters: Sequence[Pnr]
    """The party of each letter that was written."""
    alike: Set[JourneyKey]
    """Of the journeys that the shadow has moved, those that the reservation system has on the same flights by now."""
    changed: Mapping[JourneyKey, Sequence[Leg]]
    """Of those that it has decided, the ones that the reservation system has changed since, each with its flights there, which
    the shadow took over; none: the journey is given up."""
    otherwise: Sequence[BookingContradicted]
    """Bookings that the reservation system has on other trips, and the shadow left as they were."""

    def about(self, name: Pnr | FlightKey) -> "Shadowed":
        """Of this, what has to do with a party, or with a flight that a party was on, has, or is offered."""
        decided = [fact for fact in self.decided if name == fact.pnr or name in set(_flights(fact))]
        parties = {fact.pnr for fact in decided} | {name}
        return Shadowed(
            began=self.began,
            decided=decided,
            alike=self.alike & {(fact.pnr, fact.journey) for fact in decided},
            changed=self.changed,
            letters=[pnr for pnr in self.letters if pnr in parties],
            otherwise=[fact for fact in self.otherwise if fact.pnr in parties],
        )


def _flights(fact: Decided) -> Iterator[FlightKey]:
    legs = [*fact.before]
    if isinstance(fact, BookingStranded):
        legs += (*fact.flown, *fact.held, *fact.lapsed)
    else:
        legs += fact.after
    if isinstance(fact, TripOffered):
        legs += (leg for trip in fact.trips for leg in trip)
    yield from (leg.flight for leg in legs)


async def shadowed(bus: Bus) -> Shadowed:
    """Read it. Raises `Failed` where the system is no shadow, `ApiError`, `Unavailable`."""
    if bus.shadow is None:
        raise Failed("this system is no shadow: what it decides is done; `irops provision --shadow` makes an empty one")
    latest: dict[JourneyKey, tuple[int, Decided]] = {}
    for subject in _SUBJECTS:
        async for recorded in bus.history(subject):
            fact = recorded.message
            key = fact.pnr, fact.journey
            if recorded.subject in bus.written_in_shadow and (key not in latest or latest[key][0] < recorded.sequence):
                latest[key] = recorded.sequence, fact
    return Shadowed(
        began=bus.shadow.since,
        alike=await _alike(bus, [fact for _, fact in latest.values() if isinstance(fact, BookingChanged)]),
        changed=await _changed(bus, {key: sequence for key, (sequence, _) in latest.items()}),
        decided=[fact for _, fact in sorted(latest.values(), key=lambda pair: pair[0])],
        letters=[
            recorded.message.pnr
            async for recorded in bus.history(NOTICE_SENT)
            if recorded.subject in bus.written_in_shadow
        ],
        otherwise=[
            fact for fact in await contradicted(bus) if BOOKING_CONTRADICTED.of(fact).name in bus.written_in_shadow
        ],
    )


async def _alike(bus: Bus, moved: Sequence[BookingChanged]) -> Set[JourneyKey]:
    """Those that the reservation system has on the flights that the shadow has moved them to."""
    keys = {fact.pnr: BOOKING.key(pnr=fact.pnr) for fact in moved}
    loaded = await bus.load(keys.values())
    alike: set[JourneyKey] = set()
    for fact in moved:
        entry = loaded[keys[fact.pnr]]
        journey = entry.message.journey(fact.journey) if entry else None
        if journey and [each.flight for each in journey.reserved] == [leg.flight for leg in fact.after]:
            alike.add((fact.pnr, fact.journey))
    return alike


async def _changed(bus: Bus, decided: Mapping[JourneyKey, int]) -> Mapping[JourneyKey, Sequence[Leg]]:
    """Of the journeys that were decided at these sequences, those with a later version of the reservation system's."""
    found: dict[JourneyKey, tuple[int, Sequence[Leg]]] = {}
    for subject in _CHANGES:
        async for recorded in bus.history(subject):
            for journey in recorded.message.journeys:
                key = recorded.message.pnr, journey.number
                if key in decided and recorded.sequence > max(decided[key], found.get(key, (0, ()))[0]):
                    found[key] = recorded.sequence, journey.after
    return {key: legs for key, (_, legs) in found.items()}

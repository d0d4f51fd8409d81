"""Trips and facts for the notifier's tests. Times are UTC; New York is five hours behind on these days."""

from datetime import datetime

from msgspec import structs

from contracts.flights import Instant
from contracts.ledger import (
    Answerer,
    BookingChanged,
    BookingKept,
    BookingStranded,
    Disruption,
    Journey,
    Language,
    Leg,
    Mark,
    Ticket,
)  # fmt: skip
from contracts.names import Airport, Cabin, FlightKey, origin_of
from contracts.offers import TripOffered
from contracts.rules import Default

DECIDED = datetime.fromisoformat("2013-02-08T12:00:00+00:00")
DURING = datetime.fromisoformat("2013-02-09T14:00:00+00:00")
"""While DL 22 is in the air."""


def at(text: str) -> Instant:
    """`2013-02-08T19:30`, UTC."""
    return datetime.fromisoformat(f"{text}+00:00")


def leg(flight: FlightKey, to: Airport, departs: str, arrives: str, *, cabin: Cabin = "economy") -> Leg:
    return Leg(flight=flight, destination=to, cabin=cabin, departs=at(departs), arrives=at(arrives))


KNOWN = leg("B6.1017.JFK.2013-02-08", "BOS", "2013-02-08T19:30", "2013-02-08T20:40")
"""The flight that the party knows."""
LATER = leg("B6.1017.JFK.2013-02-08", "BOS", "2013-02-08T21:10", "2013-02-08T22:20")
SAME_AIRPORT = leg("B6.2017.JFK.2013-02-08", "BOS", "2013-02-08T22:00", "2013-02-08T23:10")
FROM_NEWARK = leg("UA.350.EWR.2013-02-08", "BOS", "2013-02-08T23:00", "2013-02-09T00:12")
FIRST = leg("DL.22.EWR.2013-02-09", "DTW", "2013-02-09T13:00", "2013-02-09T15:10")
ONWARD = leg("DL.23.DTW.2013-02-09", "BOS", "2013-02-09T17:00", "2013-02-09T18:40")
TICKET = Ticket(
    origin="JFK", destination="BOS", departs=KNOWN.departs, arrives=KNOWN.arrives, flights=(KNOWN.flight,)
)  # fmt: skip
JOURNEYS = (Journey(ticket=TICKET, legs=()),)
"""The only one of a booking."""


def changed(
    before: tuple[Leg, ...] = (KNOWN,),
    *,
    after: tuple[Leg, ...] = (SAME_AIRPORT,),
    reason: Disruption = "cancelled",
    language: Language = "en",
    decided_at: Instant = DECIDED,
) -> BookingChanged:
    return BookingChanged(
        pnr="K7QX2M", id="factC", reason=reason, before=before, after=after, language=language,
        contact="ana@example.com", decided_at=decided_at,
    )  # fmt: skip


def kept(
    before: tuple[Leg, ...] = (KNOWN,),
    *,
    after: tuple[Leg, ...] = (LATER,),
    reason: Disruption = "retimed",
    language: Language = "en",
    decided_at: Instant = DECIDED,
    diverted_to: Airport | None = None,
) -> BookingKept:
    return BookingKept(
        pnr="K7QX2M", id="factK", reason=reason, before=before, after=after, language=language,
        contact="ana@example.com", decided_at=decided_at, diverted_to=diverted_to,
    )  # fmt: skip


def stranded(
    before: tuple[Leg, ...] = (KNOWN,), *, reason: Disruption = "cancelled", language: Language = "en"
) -> BookingStranded:
    return BookingStranded(
        pnr="K7QX2M", id="factS", reason=reason, before=before, origin=origin_of(before[0].flight),
        destination=before[-1].destination, language=language, contact="ana@example.com", decided_at=DECIDED,
    )  # fmt: skip


def waiting_with_seats(held: tuple[Leg, ...], *, language: Language = "en") -> BookingStranded:
    """A party that has lost one of two flights, and keeps its seats on the other."""
    return structs.replace(stranded((FIRST, ONWARD), language=language), held=held)


def lapsed(*, language: Language = "en") -> BookingStranded:
    """It keeps them no longer."""
    waits = stranded((FIRST, ONWARD), language=language)
    return structs.replace(waits, id="factL", before=(), reason="lapsed", lapsed=(FIRST,), follows=waits.id)


def overdue(*, language: Language = "en") -> BookingStranded:
    """No trip can be legal for it any more."""
    waits = stranded(language=language)
    return structs.replace(waits, id="factO", before=(), reason="overdue", marks=("overdue",), follows=waits.id)


def still_waiting(*, language: Language = "en") -> BookingStranded:
    """A party whose seats were found and lost again."""
    return structs.replace(stranded((SAME_AIRPORT,), language=language), id="factW")


def offered(
    before: tuple[Leg, ...] = (KNOWN,),
    *,
    trips: tuple[tuple[Leg, ...], ...] = ((SAME_AIRPORT,), (FIRST, ONWARD)),
    after: tuple[Leg, ...] = (),
    stands: bool = False,
    answerer: Answerer = "party",
    default: Default = "take",
    reason: Disruption = "cancelled",
    marks: tuple[tuple[Mark, ...], ...] = (),
    language: Language = "en",
) -> TripOffered:
    """Someone is asked until three in the afternoon in New York."""
    return TripOffered(
        pnr="K7QX2M", id="factT", reason=reason, before=before, language=language, contact="ana@example.com",
        decided_at=DECIDED, answerer=answerer, until=at("2013-02-08T20:00"), default=default, trips=trips,
        options=tuple(f"option{n}" for n, _ in enumerate(trips)), stands=stands, after=after, trip_marks=marks,
    )  # fmt: skip

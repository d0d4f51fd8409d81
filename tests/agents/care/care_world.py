"""Journeys of June 2025 by hand: bookings, facts about them, and the states of their flights."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from agents.care.agent import places
from agents.care.domain import Known
from contracts.flights import Cause, Flight
from contracts.ledger import Booking, BookingChanged, BookingKept, BookingStranded, Disruption, Leg, Party, Ticket
from contracts.money import whole_fare
from contracts.names import FlightKey, Id, origin_of
from policy.rights import shipped
from tests.single_journey import altered, single

NOW = datetime(2025, 6, 10, 12, tzinfo=UTC)
H = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
PLACES = places()
US, OTHER = "B6.1.JFK.2025-06-10", "B6.2.JFK.2025-06-10"
EU = "AF.10.CDG.2025-06-10"
PNR = "QX7K2M"


def flight(key: FlightKey, to: str, *, departs: datetime = NOW + 3 * H, late: timedelta = H * 0, **more: Any) -> Flight:
    """A flight of two hours, so late by now."""
    cause = more.pop("cause", None)
    fields: dict[str, Any] = {
        "flight": key,
        "destination": to,
        "phase": "scheduled",
        "last_change": 1,
        "scheduled_departure": departs,
        "scheduled_arrival": departs + 2 * H,
        "departs": departs + late,
        "arrives": departs + 2 * H + late,
        "announced_departure": departs,
        "announced_arrival": departs + 2 * H,
        "observed_at": NOW,
        "seats": {"economy": 100},
        "cause": Cause(code=cause) if cause else None,
    }
    return Flight(**fields | more)


def leg(of: Flight, **more: Any) -> Leg:
    fields: dict[str, Any] = {
        "flight": of.flight,
        "destination": of.destination,
        "cabin": "economy",
        "departs": of.departs,
        "arrives": of.arrives,
    }
    return Leg(**fields | more)


def booking(on: Flight, *, now_on: Flight | None = None, stranded: bool = False, last_fact: Id = "") -> Booking:
    """Two passengers who were sold this flight, as scheduled, and have another trip by now, or none."""
    found = single(
        PNR,
        Party(passengers=2, seats=2, cabin="economy", paid=whole_fare(600)),
        ticket=Ticket(
            origin=origin_of(on.flight),
            destination=on.destination,
            departs=on.scheduled_departure,
            arrives=on.scheduled_arrival,
            flights=(on.flight,),
        ),
        legs=() if stranded else (leg(now_on or on),),
        last_fact=last_fact,
    )
    return altered(found, state="stranded" if stranded else "rebooked" if now_on else "ticketed")


def _fact(id_: Id, on: Flight, reason: Disruption, at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "pnr": PNR,
        "id": id_,
        "reason": reason,
        "before": (leg(on),),
        "language": "en",
        "contact": "",
        "decided_at": at,
        **more,
    }


def stranded(id_: Id, on: Flight, *, reason: Disruption = "cancelled", at: datetime = NOW) -> BookingStranded:
    ends = {"origin": origin_of(on.flight), "destination": on.destination}
    return BookingStranded(**_fact(id_, on, reason, at, **ends))


def moved(
    id_: Id, on: Flight, to: Flight, *, reason: Disruption = "cancelled", at: datetime = NOW, follows: Id = ""
) -> BookingChanged:
    return BookingChanged(**_fact(id_, on, reason, at, after=(leg(to),), follows=follows))


def kept(id_: Id, on: Flight, *, at: datetime = NOW) -> BookingKept:
    return BookingKept(**_fact(id_, on, "retimed", at, after=(leg(on),)))


def known(*flights: Flight, now: datetime = NOW) -> Known:
    return Known(shipped(), PLACES, {each.flight: each for each in flights}, now)


def gone(of: Flight, phase: str, *, late: timedelta = H * 0) -> Flight:
    """The flight in another phase, so late."""
    return structs.replace(of, phase=phase, departs=of.scheduled_departure + late, arrives=of.scheduled_arrival + late)

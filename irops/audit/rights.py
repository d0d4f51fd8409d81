"""Whether what a party is owed is stated, and in a letter.

A refund under US law is derived here again, in lines of the audit's own.

14 CFR 260, for departures from 28 October 2024 on, from or to the United States: until it travels, a party may have its fare
back if a flight that was sold to it was cancelled, if it has no trip, or if it departs so much earlier or arrives so much
later than sold: three hours within the United States, six from and to them. Other grounds, and the laws of others, are not
judged.

Judged are journeys about which there are facts, since the last of them, and which the reservation system has not changed.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from bus.airports import countries, zones
from contracts.care import CareOwed
from contracts.flights import Flight
from contracts.ledger import BookingFact, BookingStranded, Disruption, JourneyKey, Leg
from contracts.names import FlightKey
from irops.audit.findings import Findings
from irops.audit.journeys import PartyJourney
from irops.audit.streams import Streams

_SINCE = date(2024, 10, 28)
_HOME = "US"
_WITHIN, _ACROSS = timedelta(hours=3), timedelta(hours=6)
_GROUNDED = frozenset({"scheduled", "rerouted", "cancelled", "returned"})


def rights_not_stated(streams: Streams, journeys: Sequence[PartyJourney]) -> Findings:
    """Parties that may have their fare back, and whose last package says nothing of it; and those that no letter has informed
    of their last package."""
    found = Findings()
    informed = {(notice.pnr, notice.care) for notice in streams.sent}
    for journey in journeys:
        key: JourneyKey = (journey.pnr, journey.number)
        facts = [fact for _, fact in journey.own]
        care = streams.care.get(key)
        if care and care.package and journey.pnr not in streams.expired and (journey.pnr, care.id) not in informed:
            found.add(f"{journey.name} has no letter about what it is owed by {care.id}")
        if not facts or journey.amended or journey.pnr in streams.expired or not _is_covered(journey):
            continue
        why = _ground(journey, facts, streams.flights)
        if why and not _is_stated(care):
            found.add(f"{journey.name} {why}, and no refund is stated")
    return found


def _is_stated(care: CareOwed | None) -> bool:
    return care is not None and any(each.kind == "refund" and each.answer == "owed" for each in care.package)


def _is_covered(journey: PartyJourney) -> bool:
    ticket, known = journey.ticket, countries()
    local = ticket.departs.astimezone(zones().get(ticket.origin, UTC)).date()
    return local >= _SINCE and _HOME in (known.get(ticket.origin), known.get(ticket.destination))


def _ground(journey: PartyJourney, facts: Sequence[BookingFact], flights: Mapping[FlightKey, Flight]) -> str:
    """Why the party may choose its fare; empty: it may not."""
    ticket = journey.ticket
    if not journey.legs:
        return "has no trip"
    last = flights.get(journey.legs[-1].flight)
    if last is None or last.phase not in _GROUNDED:
        return ""
    if any(reason == "cancelled" for flight, reason in _lost(facts).items() if flight in ticket.flights):
        return "lost a flight that was cancelled"
    within = all(countries().get(end) == _HOME for end in (ticket.origin, ticket.destination))
    limit = _WITHIN if within else _ACROSS
    departs, _ = _times(journey.legs[0], flights)
    _, arrives = _times(journey.legs[-1], flights)
    if ticket.departs - departs >= limit:
        return "departs much earlier"
    return "arrives much later" if arrives - ticket.arrives >= limit else ""


def _lost(facts: Sequence[BookingFact]) -> dict[FlightKey, Disruption]:
    """The flights that the party has lost and not had again, each with the reason of the last loss."""
    lost: dict[FlightKey, Disruption] = {}
    for fact in facts:
        left = (*fact.flown, *fact.held) if isinstance(fact, BookingStranded) else fact.after
        has = {leg.flight for leg in left}
        lost |= {leg.flight: fact.reason for leg in fact.before if leg.flight not in has}
        lost = {flight: reason for flight, reason in lost.items() if flight not in has}
    return lost


def _times(leg: Leg, flights: Mapping[FlightKey, Flight]) -> tuple[datetime, datetime]:
    """As they are known now."""
    flight = flights.get(leg.flight)
    if flight is None or flight.destination != leg.destination:
        return leg.departs, leg.arrives
    return flight.departs, flight.arrives

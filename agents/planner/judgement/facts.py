"""One party's facts in words: short, always the same words for the same facts, and never text written by outsiders.

No fact identifies a passenger: no PNR, no name, no contact.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from msgspec import Struct

from agents.planner.domain import Availability, Network, TripRules
from agents.planner.judgement.kinds import TripFact, trip_fact
from bus import Seen
from contracts.ledger import BOOKING, SEAT_LEDGER, TIERS, Booking, Journey, JourneyState, Leg, Party, Ticket
from contracts.money import fares
from contracts.names import Airport, origin_of, spoken
from contracts.passengers import KNOWN_SSRS
from contracts.plans import Option, PlanProposed
from contracts.weather import WEATHER_OBSERVED, WeatherObserved

Weather = Callable[[Airport], Seen[WeatherObserved] | None]
"""The last observation at an airport."""

LABELS = "ABCDEFGH"
"""The names of options in a prompt, best first. Options after the eighth are not offered."""

_NOTICES: Mapping[JourneyState, str] = {
    "ticketed": "its trip is as ticketed",
    "kept": "its trip stands",
    "rebooked": "it is moved",
    "stranded": "there is no seat for it yet, and it is on the waiting list",
}


class Clocks(Struct, frozen=True):
    """The time zone of each airport."""

    zones: Mapping[Airport, tzinfo]

    def show(self, at: datetime, airport: Airport) -> str:
        """Local to the airport, `Fri 2013-02-08 18:05`; in UTC and marked so if its zone is unknown."""
        zone = self.zones.get(airport)
        return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}" if zone else f"{at:%a %Y-%m-%d %H:%M} UTC"


class Moment(Struct, frozen=True, kw_only=True):
    """When the facts are gathered, and when those of the ledger were last known to hold. All in event time.

    The network is a view, which lags; the booking is read.
    """

    now: datetime
    current_at: datetime
    """When the network was last known to be current."""
    read_at: datetime
    """When the booking was read."""
    clocks: Clocks
    network: Network


def party_facts(
    booking: Booking, journey: Journey, moment: Moment, *, revision: int, written_at: datetime
) -> Iterator[TripFact]:
    """Who travels, what was sold, and what the party was last notified of."""
    show, party, ticket = moment.clocks.show, booking.party, journey.ticket

    def fact(name: str, text: str, *, priority: int, personal: bool = False) -> TripFact:
        return trip_fact(
            "booking",
            name=name,
            text=text,
            source=BOOKING.key(pnr=booking.pnr).name,
            revision=revision,
            written_at=written_at,
            known_at=moment.read_at,
            priority=priority,
            personal=personal,
        )

    yield fact(
        "ticket",
        f"{ticket.origin} to {ticket.destination} on {', then '.join(map(spoken, ticket.flights))}; leaves "
        f"{show(ticket.departs, ticket.origin)}, arrives {show(ticket.arrives, ticket.destination)}; "
        f"{party.cabin} paid for{_fares(party)}",
        priority=0,
    )
    yield fact("party", f"{party.passengers} travel, {party.seats} seats needed, tier {TIERS[party.rank]}", priority=1)
    needs = [ssr for ssr in party.ssrs if ssr in KNOWN_SSRS]
    if needs or party.preference != "none":
        seat = () if party.preference == "none" else (f"{party.preference} seats preferred",)
        yield fact("service", ", ".join((*needs, *seat)), priority=1, personal=True)
    trip = "; ".join(_leg(leg, show) for leg in journey.legs)
    yield fact("current trip", trip or "none", priority=1)
    for other in booking.journeys:
        if other.number != journey.number:
            trip = "; ".join(_leg(leg, show) for leg in other.legs)
            yield fact(
                f"other journey, {other.ticket.origin} to {other.ticket.destination}", trip or "none", priority=2
            )
    yield fact("last notice", _last_notice(journey, show, written_at), priority=3)


def _fares(party: Party) -> str:
    paid = [f"{amount} {currency}" for currency, amount in fares(party.paid).items()]
    return f", {' and '.join(paid)} in all" if paid else ""


def _last_notice(journey: Journey, show: Callable[[datetime, Airport], str], written_at: datetime) -> str:
    """Of the last fact about the journey, which was committed with it. Its legs have the times announced then."""
    if not journey.last_fact:
        return "none"
    origin = journey.ticket.origin
    trip = "; ".join(_leg(leg, show) for leg in journey.legs)
    return f"{show(written_at, origin)} at {origin}, that {_NOTICES[journey.state]}{f': {trip}' if trip else ''}"


def _leg(leg: Leg, show: Callable[[datetime, Airport], str]) -> str:
    origin = origin_of(leg.flight)
    return (
        f"{spoken(leg.flight)} in {leg.cabin}, {origin} {show(leg.departs, origin)} "
        f"to {leg.destination} {show(leg.arrives, leg.destination)}"
    )


def leg_facts(journey: Journey, moment: Moment) -> Iterator[TripFact]:
    """Each flight of the current trip as it is now. Raises `UnknownFlight`."""
    for leg in journey.legs:
        flight = moment.network[leg.flight]
        lands = f", lands at {flight.diverted_to} instead" if flight.diverted_to else ""
        seats = f"; free seats {_free(flight)}" if flight.phase == "scheduled" else ""
        yield trip_fact(
            "seats",
            name=f"flight {spoken(flight.flight)}",
            text=f"{flight.phase}{lands}; {_times(flight, moment.clocks)}{seats}",
            source=SEAT_LEDGER.key(flight=flight.flight).name,
            revision=flight.revision,
            written_at=flight.written_at,
            known_at=moment.current_at,
            priority=1,
        )


def option_facts(options: Sequence[Option], plan: PlanProposed, ticket: Ticket, moment: Moment) -> Iterator[TripFact]:
    """One per option, named by its label, with the source and age of its flight written last. Raises `UnknownFlight`."""
    for label, option in zip(LABELS, options, strict=False):
        flights = [moment.network[leg.flight] for leg in option.legs]
        newest = max(flights, key=lambda flight: flight.written_at)
        legs = [
            f"{spoken(flight.flight)} in {leg.cabin}, {_times(flight, moment.clocks)}, "
            f"{flight.free.get(leg.cabin, 0)} seats free"
            for leg, flight in zip(option.legs, flights, strict=True)
        ]
        changes = [f"changes at {_change(arriving, leaving)}" for arriving, leaving in pairwise(flights)]
        cost = ", ".join(f"{term} {minutes:.0f}" for term, minutes in option.terms.items())
        unmet = f"; does not meet {', '.join(option.unmet)}" if option.unmet else ""
        yield trip_fact(
            "options",
            name=f"option {label}",
            text="; ".join((*legs, *changes, f"{_late(option.arrives - ticket.arrives)} than the ticket"))
            + f"; cost {option.cost:.0f}{f' ({cost})' if cost else ''}{unmet}",
            source=SEAT_LEDGER.key(flight=newest.flight).name,
            revision=newest.revision,
            written_at=newest.written_at,
            known_at=min(plan.planned_at, moment.current_at),
            priority=2,
        )


def weather_facts(airports: Iterable[Airport], weather: Weather) -> Iterator[TripFact]:
    """The last observation at each airport that has one, in the units it was measured in."""
    for airport in airports:
        seen = weather(airport)
        if seen is None:
            continue
        found = seen.value
        measured = {
            "F": found.temperature_f,
            "mph wind": found.wind_mph,
            "mph gusts": found.gust_mph,
            "in of rain or melted snow in the hour": found.precipitation_in,
            "mi visibility": found.visibility_mi,
        }
        yield trip_fact(
            "weather",
            name=f"weather {airport}",
            text=", ".join(f"{value:g} {unit}" for unit, value in measured.items() if value is not None)
            or "not measured",
            source=WEATHER_OBSERVED.key(airport=airport).name,
            revision=seen.revision,
            written_at=found.observed_at,
            known_at=found.observed_at,
            priority=4,
        )


def rule_facts(party: Party, ticket: Ticket, rules: TripRules, *, now: datetime) -> Iterator[TripFact]:
    """The rules that bind this party, whatever it asks for; `rules` are those for it."""
    texts = {
        "when": f"a trip leaves {_length(rules.lead)} from now or later, at most {_length(rules.earlier)} before the ticketed "
        f"departure and at most {_length(rules.later)} after it",
        "cabin": f"with {party.cabin} paid for it may be given {', else '.join(rules.cabins[party.cabin])}; no one has a right "
        "to more than was paid for",
        "fare": "the airline changes the trip: whatever the option, the party pays nothing on top of its ticket",
        "seats": "only seats that are free; the party stays together",
        "changes": f"at most {max(rules.max_connections, len(ticket.flights) - 1)} changes of aircraft, none longer than "
        f"{_length(rules.longest_connection)}",
    }
    if rules.permitted is not None:
        texts["carriers"] = f"only flights of {', '.join(sorted(rules.permitted))}"
    for airport in (ticket.origin, ticket.destination):
        if len(same := rules.terminals(airport)) > 1:
            texts["airports"] = f"{', '.join(same)} count as one city"
    alone = "UMNR" in party.ssrs
    if alone and len(ticket.flights) > 1:
        texts["changes"] = (
            "an unaccompanied minor changes planes no more often than it was sold, between the very airports of the ticket"
        )
    elif alone:
        texts["changes"] = "an unaccompanied minor flies non-stop between the very airports of the ticket"
    for name, text in texts.items():
        yield trip_fact(
            "rules",
            name=f"rule {name}",
            text=text,
            source="planner.rules",
            written_at=now,
            known_at=now,
            priority=3,
            personal=alone and name == "changes",
        )


def _times(flight: Availability, clocks: Clocks) -> str:
    return (
        f"{flight.origin} {clocks.show(flight.departs, flight.origin)} "
        f"to {flight.destination} {clocks.show(flight.arrives, flight.destination)}"
    )


def _free(flight: Availability) -> str:
    return ", ".join(f"{cabin} {max(0, seats)}" for cabin, seats in flight.free.items()) or "none"


def _change(arriving: Availability, leaving: Availability) -> str:
    wait = _length(leaving.departs - arriving.arrives)
    if arriving.lands == leaving.origin:
        return f"{arriving.lands} for {wait}"
    return f"{arriving.lands} to {leaving.origin} within {wait}"


def _late(by: timedelta) -> str:
    """Against the ticket's arrival."""
    return f"arrives {_length(abs(by))} {'earlier' if by < timedelta(0) else 'later'}"


def _length(time: timedelta) -> str:
    """`45 min`, `2 h`, `2 h 10 min`, `14 days`."""
    minutes = round(time.total_seconds() / 60)
    if minutes >= 2 * 24 * 60 and minutes % (24 * 60) == 0:
        return f"{minutes // (24 * 60)} days"
    hours, rest = divmod(minutes, 60)
    parts = (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "")
    return " ".join(filter(None, parts))

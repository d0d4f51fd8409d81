"""What fare rules may know of a booking: the facts of `policy.fares.vocabulary`, derived from the ledger and nothing else.

| fact | where it comes from |
|---|---|
| cabin, tier, passengers | the party |
| family, insurance, channel, bags_before, booked_on, hours_since_booking | `Booking.sale`, if it says so |
| hours_to_departure, travel_date, flight_status | the first flight to come of the journeys asked about |
| hours_booked_ahead | `Booking.sale`, and the first departure that was sold |
| trip_type, route, legs, legs_flown, cabins | the journeys |
| airline_cancelled, delayed | the flights sold and the flights booked, as the ledger knows them |
| changes_before | `Booking.changes` |
| bags, names_changed, letters_changed, complaint, asked | what is asked for |
| confirmed | the flights of the journey that is complained of, as the ledger knows them |
| paid | what was paid for the booking, or for the journeys to be given up, in one currency |
| new_cabin, new_price | the flights asked for, and their open fares (`offered`) |
| old_price | the fares paid for the journeys that would change |

What is not known is left out, which is not the same as no: a rule that depends on it asks for it. Nor is there a fact whose
value the rules have no word for. All else, such as the reason, is the customer's to state.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from agents.booker.domain.rules import SaleRules
from contracts.fares import Family, Fare
from contracts.flights import LEFT
from contracts.ledger import Booking, Reserved, SeatLedger
from contracts.money import Money, PaidItem
from contracts.names import FlightKey, day_of, origin_of
from contracts.requests import TripWanted
from policy.facts import read_value
from policy.fares import BadCase, Ruleset, Value

LATE = timedelta(minutes=15)
"""A flight that leaves or arrives this much after its schedule is late: the usual bound of punctuality statistics."""

DERIVED = frozenset(
    {
        "cabin", "new_cabin", "cabins", "family", "tier", "insurance", "flight_status", "airline_cancelled", "delayed",
        "channel", "trip_type", "route", "hours_since_booking", "hours_to_departure", "hours_booked_ahead", "booked_on",
        "today", "travel_date", "passengers", "legs", "legs_flown", "bags", "bags_before", "changes_before", "asked",
        "confirmed", "paid", "old_price", "new_price", "names_changed", "letters_changed",
        "seat_kinds", "seat_kinds_before", "new_seats", "complaint",
    }
)  # fmt: skip
"""Facts that the booking says, or should: they are not for the customer to state."""


class NotStated(ValueError):
    """What a customer states is no fact of the rules, no value of it, or not for a customer to state. One line."""


class About(NamedTuple):
    """What a request is about."""

    journeys: frozenset[int]
    """Those that are asked about, by number."""
    paid_for: frozenset[int]
    """Those of which it counts what was paid for them."""

    @classmethod
    def all_of(cls, booking: Booking) -> "About":
        """All journeys, and all that was paid for the booking."""
        journeys = frozenset(journey.number for journey in booking.journeys)
        return cls(journeys, paid_for=journeys)


def facts_of(
    booking: Booking,
    about: About,
    *,
    flights: Mapping[FlightKey, SeatLedger],
    flown: Collection[FlightKey],
    now: datetime,
    rules: SaleRules,
) -> dict[str, Value]:
    """The facts of a request, whatever it is for.

    `flights` has the flights sold and the flights booked, as far as the ledger has them; `flown` are those of its legs that the
    party has flown or is on.
    """
    party = booking.party
    asked = [journey for journey in booking.journeys if journey.number in about.journeys]
    legs = booking.all_legs
    ahead = [leg for journey in asked for leg in journey.seated if leg.flight not in flown]
    found: dict[str, Value] = {
        "cabin": party.cabin,
        "tier": party.tier,
        "passengers": Decimal(party.passengers),
        "legs": Decimal(len(legs)),
        "legs_flown": Decimal(len(flown)),
        "changes_before": Decimal(booking.changes),
        "today": now.date(),
    }
    if legs:
        found["cabins"] = frozenset(leg.cabin for leg in legs)
        found["route"] = _route(booking, rules)
    if (kind := _trip_type(booking)) is not None:
        found["trip_type"] = kind
    if ahead:
        first = flights[ahead[0].flight]
        found["hours_to_departure"] = hours(first.expected_departure - now)
        found["travel_date"] = day_of(first.flight)
        found["flight_status"] = _status(first)
    of_booking = [ledger for key in sold_and_booked(booking) if (ledger := flights.get(key))]
    found["airline_cancelled"] = any(ledger.phase == "cancelled" for ledger in of_booking)
    found["delayed"] = any(is_late(ledger) for ledger in of_booking)
    if (paid := _total(_paid_for(booking, about.paid_for))) is not None:
        found["paid"] = paid
    return found | dict(_of_sale(booking, now))


def known_to(ruleset: Ruleset, facts: Mapping[str, Value]) -> dict[str, Value]:
    """The facts that these rules have a word for, each with a value that they know."""
    found = {}
    for name, value in facts.items():
        kind = ruleset.facts.get(name)
        texts = {value} if isinstance(value, str) else value if isinstance(value, frozenset) else set[str]()
        if kind is not None and not (kind.one_of and texts - set(kind.one_of)):
            found[name] = value
    return found


def stated_to(ruleset: Ruleset, stated: Mapping[str, str]) -> dict[str, Value]:
    """What the customer states, as values. Raises `NotStated`."""
    found = {}
    for name, text in stated.items():
        if name in DERIVED:
            raise NotStated(f"{name} is what the booking says, and not for the customer to state")
        if name not in ruleset.facts or name in ruleset.conditions or name in ruleset.computed:
            raise NotStated(f"{name}: no fact of {ruleset.name} that a customer may state")
        try:
            found[name] = read_value(name, text, ruleset.facts[name])
        except BadCase as bad:
            raise NotStated(str(bad)) from bad
    return found


def hours(length: timedelta) -> Decimal:
    """Hours with the seconds in them, as rules count them."""
    return (Decimal(round(length.total_seconds())) / 3600).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def sold_and_booked(booking: Booking) -> Iterator[FlightKey]:
    """The flights of its tickets, and those that it has seats on."""
    for journey in booking.journeys:
        yield from journey.ticket.flights
        yield from (leg.flight for leg in journey.seated)


def _of_sale(booking: Booking, now: datetime) -> Iterator[tuple[str, Value]]:
    sale = booking.sale
    if sale is None:
        return
    if sale.family is not None:
        yield "family", sale.family
    if sale.insurance is not None:
        yield "insurance", sale.insurance
    if sale.channel:
        yield "channel", sale.channel
    if sale.bags is not None:
        yield "bags_before", Decimal(sale.bags)
    if sale.booked_at is not None:
        yield "booked_on", sale.booked_at.date()
        yield "hours_since_booking", hours(now - sale.booked_at)
        if booking.journeys:
            yield "hours_booked_ahead", hours(booking.journeys[0].ticket.departs - sale.booked_at)


def facts_of_change(
    booking: Booking, trips: Collection[TripWanted], fares: Mapping[FlightKey, Fare]
) -> Iterator[tuple[str, Value]]:
    """The cabins as they would be, and the prices of the flights that would change. What is asked for is for sale, or it is
    refused before rules are asked."""
    asked = [each for trip in trips for each in trip.flights]
    journeys = {trip.journey for trip in trips}
    kept = [leg.cabin for journey in booking.journeys if journey.number not in journeys for leg in journey.legs]
    yield "cabins", frozenset((*kept, *(each.cabin for each in asked)))
    yield "flight_status", "available"
    cabins = {each.cabin for each in asked}
    if len(cabins) == 1:
        yield "new_cabin", next(iter(cabins))
    old = _total([item for item in _paid_for(booking, journeys) or () if item.kind == "fare"])
    if old is not None:
        yield "old_price", old
    if (new := offered(asked, booking, fares)) is not None:
        yield "new_price", new.price


class Offer(NamedTuple):
    """What flights cost a party now."""

    price: Money
    family: Family | None
    """None: they are of several."""


def offered(asked: Iterable[Reserved], booking: Booking, fares: Mapping[FlightKey, Fare]) -> Offer | None:
    """What these flights cost the party now; None where one has no open fare for as many.

    In the cabin that was paid for it is the open fare of the booking's family, where that is known; in another cabin, which has
    families of its own, the lowest open fare. Who needs no seat, an infant on a lap, pays none [d].
    """
    total, currencies, families = Decimal(0), set[str](), set[Family]()
    for each in asked:
        family = booking.sale.family if booking.sale and each.cabin == booking.party.cabin else None
        found = min(
            (
                fare
                for fare in (fares[each.flight].fares if each.flight in fares else ())
                if fare.cabin == each.cabin and fare.seats >= booking.party.seats and family in (None, fare.family)
            ),
            key=lambda fare: (fare.price.amount, fare.family),
            default=None,
        )
        if found is None:
            return None
        total += found.price.amount * booking.party.seats
        currencies.add(found.price.currency)
        families.add(found.family)
    if len(currencies) != 1:
        return None
    return Offer(Money(amount=total, currency=currencies.pop()), families.pop() if len(families) == 1 else None)


def _paid_for(booking: Booking, about: Collection[int]) -> list[PaidItem] | None:
    """What was paid for these journeys; None where it is not known of one of the items. Fees and services for the whole
    booking count where all of it is asked about."""
    whole = all(journey.number in about for journey in booking.journeys)
    if whole:
        return list(booking.party.paid)
    if any(item.journey is None for item in booking.party.paid):
        return None
    return [item for item in booking.party.paid if item.journey in about]


def _total(items: Iterable[PaidItem] | None) -> Money | None:
    items = list(items or ())
    if len({item.price.currency for item in items}) != 1:
        return None
    amount = sum((item.price.amount for item in items), Decimal(0))
    return Money(amount=amount, currency=items[0].price.currency)


def _trip_type(booking: Booking) -> str | None:
    """By what was sold: there, or there and back. Any other trip has no name in the vocabulary."""
    tickets = [journey.ticket for journey in booking.journeys]
    if len(tickets) == 1:
        return "one way"
    is_return = len(tickets) == 2 and (tickets[0].origin, tickets[0].destination) == (
        tickets[1].destination,
        tickets[1].origin,
    )
    return "return" if is_return else None


def _route(booking: Booking, rules: SaleRules) -> str:
    places = {place for j in booking.journeys for place in (j.ticket.origin, j.ticket.destination)}
    places |= {place for leg in booking.all_legs for place in (origin_of(leg.flight), leg.destination)}
    return "domestic" if len({rules.country(place) for place in places}) == 1 else "international"


def _status(ledger: SeatLedger) -> str:
    if ledger.phase == "cancelled":
        return "cancelled"
    if ledger.phase in ("landed", "arrived"):
        return "landed"
    if ledger.phase in LEFT:
        return "flying"
    return "delayed" if is_late(ledger) else "on_time"


def is_late(ledger: SeatLedger) -> bool:
    """Whether it leaves or arrives `LATE` after its schedule."""
    return (
        ledger.expected_departure - ledger.scheduled_departure >= LATE
        or ledger.expected_arrival - ledger.scheduled_arrival >= LATE
    )

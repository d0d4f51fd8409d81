"""Questions and requests about small bookings, and the fare rules they are judged by: defaults for the tests."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import structs

from agents.booker.domain import Layouts, SaleRules
from agents.booker.domain.requests import Decided, Known, decide_request, quote
from agents.booker.domain.worksheet import NO_LAYOUTS, Worksheet
from contracts.fares import Fare, OpenFare
from contracts.ledger import Booking, JourneyKey, Reserved, SeatLedger, WaitlistEntry
from contracts.money import Money, PaidItem
from contracts.names import Cabin, FlightKey
from contracts.requests import Quote, QuoteWanted, RequestMade, TripWanted, Wanted
from contracts.sales import Instrument, Sale
from policy.fares import FareRules, load_fare_rules
from tests.agents.booker.booker_world import NOW, REVISION, seated
from tests.agents.booker.reservation_world import FLIGHTS

NO_FARES: Mapping[FlightKey, Fare] = MappingProxyType({})
HELD = timedelta(minutes=30)
QUOTED_AT = 40
"""The revision of a quote."""
HALF_BACK = """
[[rule]]
id = "half"
on = ["cancel", "change_trip_type"]
outcome = "allowed"
words = "Half of the fare is given back."
gives_up = "paid"
back = [{ for = "half of the fare", amount = "50% of paid" }]
"""
HEAD = """
[policy]
name = "B6"
source = "made up"
carriers = ["B6"]

[instruments.card]
means = "a card"
"""


def dollars(amount: str | Decimal) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def fare_rules(folder: Path, rules: str = HALF_BACK) -> FareRules:
    """The rules of B6, as a folder with one file has them."""
    (folder / "b6.toml").write_text(HEAD + rules)
    return load_fare_rules(folder)


def sold(booking: Booking, *fares: str, card: bool = True, **sale: Any) -> Booking:
    """The booking, each journey sold at one of these fares two days ago."""
    items = tuple(
        PaidItem(kind="fare", price=dollars(fare), journey=journey.number)
        for journey, fare in zip(booking.journeys, fares, strict=True)
    )
    total = dollars(sum((item.price.amount for item in items), Decimal(0)))
    paid_with = (Instrument(id="visa", kind="card", amount=total),) if card else ()
    terms = Sale(booked_at=NOW - timedelta(days=2), family="classic", paid_with=paid_with)
    party = structs.replace(booking.party, paid=items)
    return structs.replace(booking, party=party, sale=structs.replace(terms, **sale))


def known(
    booking: Booking,
    fares: FareRules,
    *,
    flights: Sequence[SeatLedger] = FLIGHTS,
    waiting: Mapping[JourneyKey, WaitlistEntry] | None = None,
    now: datetime = NOW,
    revision: int = REVISION,
    open_: Mapping[FlightKey, Fare] = NO_FARES,
    layouts: Layouts = NO_LAYOUTS,
    others: Sequence[Booking] = (),
) -> Known:
    """`others`: parties that hold seats there too."""
    return Known(
        booking=booking,
        revision=revision,
        flights=seated(flights, [booking, *others]),
        waiting=waiting or {},
        layouts=layouts,
        now=now,
        rules=SaleRules(),
        fares=fares,
        open=open_,
    )


def selling(*flights: SeatLedger, **prices: str) -> dict[FlightKey, Fare]:
    """Open fares of these flights, by family, of which there are many: `classic="100.00"`."""
    found = {}
    for ledger in flights:
        fares = tuple(
            OpenFare(cabin=cabin, family=family, price=dollars(price), seats=9)
            for cabin in ledger.capacity
            for family, price in prices.items()
        )
        found[ledger.flight] = Fare(
            flight=ledger.flight, source="feed", observed_at=NOW, because="feed", fares=fares, ledger=1
        )
    return found


def trip(*on: SeatLedger, journey: int = 1, cabin: Cabin = "economy") -> TripWanted:
    """These flights for a journey."""
    return TripWanted(journey=journey, flights=tuple(Reserved(ledger.flight, cabin) for ledger in on))


def quoted_for(of: Known, *trips: TripWanted, pay_with: tuple[Instrument, ...] = (), **stated: str) -> Quote:
    """The quote for changing these journeys."""
    question = QuoteWanted(
        pnr=of.booking.pnr, id="quote", wanted=Wanted(change=trips), stated=stated, pay_with=pay_with
    )
    return quote(question, of, held=HELD)


def asked(booking: Booking, *cancel: int, **stated: str) -> QuoteWanted:
    return QuoteWanted(pnr=booking.pnr, id="quote", wanted=Wanted(cancel=cancel), stated=stated)


def quoted(of: Known, *cancel: int, **stated: str) -> Quote:
    """The quote for giving these journeys up; all of them if none is named."""
    numbers = cancel or tuple(journey.number for journey in of.booking.journeys)
    return quote(asked(of.booking, *numbers, **stated), of, held=HELD)


def yes_to(quote: Quote, **changes: Any) -> RequestMade:
    request = RequestMade(
        pnr=quote.pnr, id="request", quote=quote.id, revision=QUOTED_AT, price=quote.price, made_at=NOW
    )
    return structs.replace(request, **changes)


def decided(request: RequestMade, used: Quote | None, of: Known, *, revision: int = QUOTED_AT) -> Decided[int]:
    return decide_request(
        request, 0, used=used, revision=revision, known=of, sheet=Worksheet(of.flights, layouts=of.layouts), held=HELD
    )

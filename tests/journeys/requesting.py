"""A customer of the small worlds, who asks the booker for something and says yes."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from msgspec import structs

from contracts.fares import FareStatus, OpenFare
from contracts.layouts import SeatNumber
from contracts.ledger import Booking, Reserved
from contracts.money import Money, PaidItem
from contracts.names import Cabin, FlightKey, Pnr
from contracts.requests import Quoted, RequestDone, RequestRefused, SeatsWanted, TripWanted, Wanted
from contracts.sales import Instrument, Sale
from irops.system.requesting import quoted, requested
from irops.terminal.failures import Failed
from tests.journeys.small_world import T0
from tests.journeys.system import System
from tests.support import eventually

FARES = {"IROPS_BOOKER_FARES": str(Path(__file__).with_name("fare_rules"))}
"""The booker's setting."""


def dollars(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def sold(booking: Booking, *fares: str, family: str = "classic", **more: object) -> Booking:
    """The booking, each journey sold at one of these fares, two days ago, and paid for with one card."""
    items = tuple(
        PaidItem(kind="fare", price=dollars(fare), journey=journey.number)
        for journey, fare in zip(booking.journeys, fares, strict=True)
    )
    total = Money(amount=sum((item.price.amount for item in items), Decimal(0)), currency="USD")
    sale = Sale(
        booked_at=T0 - timedelta(days=2),
        family=family,
        insurance=False,
        paid_with=(Instrument(id="card-1", kind="credit_card", amount=total),),
    )
    party = structs.replace(booking.party, paid=items)
    return structs.replace(booking, party=party, sale=structs.replace(sale, **more))


async def asks(
    system: System,
    pnr: Pnr,
    wanted: Wanted,
    *pay_with: Instrument,
    names: dict[int, str] | None = None,
    **stated: str,
) -> Quoted:
    return await quoted(system.bus, pnr, wanted, stated=stated, pay_with=pay_with, names=names)


async def asks_again(system: System, pnr: Pnr, wanted: Wanted) -> Quoted:
    """Ask until the booker answers, which may have died meanwhile."""
    found: list[Quoted] = []

    async def answered() -> bool:
        try:
            found.append(await asks(system, pnr, wanted))
        except Failed:
            return False
        return True

    await eventually(answered, what="an answer to a question", within=60)
    return found[0]


def offering(flight: FlightKey, price: str, *, cabin: Cabin = "economy", family: str = "classic") -> FareStatus:
    """What a feed reports of a flight's fares."""
    fare = OpenFare(cabin=cabin, family=family, price=dollars(price), seats=9)
    return FareStatus(flight=flight, observed_at=T0, fares=(fare,))


def trip(*flights: FlightKey, journey: int = 1, cabin: Cabin = "economy") -> Wanted:
    """These flights for a journey."""
    asked = TripWanted(journey=journey, flights=tuple(Reserved(flight, cabin) for flight in flights))
    return Wanted(change=(asked,))


def seats(flight: FlightKey, *numbers: SeatNumber, journey: int = 1) -> Wanted:
    """These seats on a flight."""
    return Wanted(seats=(SeatsWanted(journey=journey, flight=flight, seats=numbers),))


async def says_yes(system: System, shown: Quoted) -> RequestDone | RequestRefused:
    """Agree, and get what has become of it once all have heard."""
    answer = await requested(system.bus, shown)
    await system.settled()
    return answer

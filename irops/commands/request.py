"""`irops request`: ask the booker for something on a customer's behalf, at a price."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec
import typer

from contracts.identity import canonical
from contracts.layouts import SeatNumber
from contracts.ledger import BOOKING, Booking, Complaint, ComplaintKind, Reserved
from contracts.money import Money, money_fault
from contracts.names import Cabin, FlightKey
from contracts.names import Pnr as Name
from contracts.passengers import PassengerName
from contracts.requests import RequestDone, SeatsWanted, TripWanted, Wanted
from contracts.sales import Instrument
from irops.system.connection import system
from irops.system.requesting import quoted, requested
from irops.terminal.command import run
from irops.terminal.failures import Failed
from irops.terminal.quotes import words_of_answer, words_of_quote

T = TypeVar("T")

request = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Ask the booker for something on a customer's behalf: what it costs, by which rule, and to have it done.",
)

Pnr = Annotated[str, typer.Argument(metavar="PNR", help="The party's booking.")]
Facts = Annotated[
    list[str] | None,
    typer.Option(
        "--fact", metavar="FACT=VALUE", help="What only the customer knows, such as reason=health. Repeatable."
    ),
]
PayWith = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID=KIND[:AMOUNT]",
        help="A means of payment, such as card-1=credit_card or gift-7=gift_card:'75.00 USD'. Repeatable.",
    ),
]
OnlyQuote = Annotated[bool, typer.Option("--quote", help="Say what it would cost, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Agree to the price without being asked.")]


@request.command("cancel")
def cancel(
    pnr: Pnr,
    journey: Annotated[
        list[int] | None, typer.Option(help="A journey to give up, by its number. Repeatable; without it, all.")
    ] = None,
    fact: Facts = None,
    pay_with: PayWith = None,
    quote: OnlyQuote = False,
    yes: Yes = False,
) -> None:
    """Give up a booking, or some of its journeys.

    Shows what it would cost, by which rule, and until when; asks for a yes; and shows what became of it. Exit status 1 where
    it is not done. irops takes no money: what is due is `payment.due`.

    Example: irops request cancel QX7K2M --fact reason=health

    Example: irops request cancel QX7K2M --journey 2 --quote
    """

    def wanted(booking: Booking | None) -> Wanted:
        return Wanted(cancel=tuple(journey or [each.number for each in (booking.journeys if booking else ())]))

    run(_request(pnr, wanted, fact or [], pay_with or [], only_quote=quote, yes=yes))


@request.command("change")
def change(
    pnr: Pnr,
    flight: Annotated[
        list[str] | None,
        typer.Option(help="A flight to take instead, such as B6.1017.JFK.2013-02-08. Repeatable, in order of travel."),
    ] = None,
    cabin: Annotated[Cabin | None, typer.Option(help="The cabin; without it, the one that was paid for.")] = None,
    journey: Annotated[int, typer.Option(help="The journey to change, by its number.")] = 1,
    fact: Facts = None,
    pay_with: PayWith = None,
    quote: OnlyQuote = False,
    yes: Yes = False,
) -> None:
    """Take other flights, or another cabin, for a journey.

    Shows what it would cost, asks for a yes, and shows what became of it, as `irops request cancel` does. Without a flight it
    is the cabin that changes. Prices are those of the fares that are open now.

    Example: irops request change QX7K2M --flight B6.1017.JFK.2013-02-09 --pay-with card-1=credit_card

    Example: irops request change QX7K2M --cabin first --quote
    """
    flights = [canonical(_read("flight", each, FlightKey)) for each in flight or []]

    def wanted(booking: Booking | None) -> Wanted:
        own = booking.journey(journey) if booking else None
        now = cabin or (booking.party.cabin if booking else "economy")
        asked = flights or [leg.flight for leg in (own.legs if own else ())]
        return Wanted(change=(TripWanted(journey=journey, flights=tuple(Reserved(each, now) for each in asked)),))

    run(_request(pnr, wanted, fact or [], pay_with or [], only_quote=quote, yes=yes))


@request.command("no-trip")
def no_trip(
    pnr: Pnr,
    journey: Annotated[int, typer.Option(help="The journey that waits, by its number.")] = 1,
    fact: Facts = None,
    pay_with: PayWith = None,
    quote: OnlyQuote = False,
    yes: Yes = False,
) -> None:
    """Leave the waitlist: be given no other trip for a journey that waits for one.

    The ticket stays, and so does what the party is owed. It gets a trip again by `irops request change`.

    Example: irops request no-trip QX7K2M --yes
    """
    run(_request(pnr, lambda _: Wanted(leave=(journey,)), fact or [], pay_with or [], only_quote=quote, yes=yes))


@request.command("bags")
def bags(
    pnr: Pnr,
    number: Annotated[
        int, typer.Argument(metavar="BAGS", min=0, max=1000, help="How many bags the whole party would check.")
    ],
    fact: Facts = None,
    pay_with: PayWith = None,
    quote: OnlyQuote = False,
    yes: Yes = False,
) -> None:
    """Check more or fewer bags. The flights stay as they are.

    The number is of the whole party's bags, those that it has already among them. Shows what it would cost and asks for a yes,
    as `irops request cancel` does.

    Example: irops request bags QX7K2M 3 --pay-with card-1=credit_card
    """
    run(_request(pnr, lambda _: Wanted(bags=number), fact or [], pay_with or [], only_quote=quote, yes=yes))


@request.command("insurance")
def insurance(
    pnr: Pnr,
    give_up: Annotated[bool, typer.Option("--give-up", help="Give the insurance up, instead of insuring.")] = False,
    fact: Facts = None,
    pay_with: PayWith = None,
    quote: OnlyQuote = False,
    yes: Yes = False,
) -> None:
    """Insure the trip, or give its insurance up. The flights stay as they are.

    Shows what it would cost and asks for a yes, as `irops request cancel` does.

    Example: irops request insurance QX7K2M --pay-with card-1=credit_card

    Example: irops request insurance QX7K2M --give-up --quote
    """
    run(_request(pnr, lambda _: Wanted(insurance=not give_up), fact or [], pay_with or [], only_quote=quote, yes=yes))


@request.command("seat")
def seat(
    pnr: Pnr,
    seats: Annotated[
        list[str],
        typer.Argument(metavar="SEAT...", help="One for each of the party that needs a seat, in their order."),
    ],
    flight: Annotated[str, typer.Option(help="The flight, such as B6.1017.JFK.2013-02-08.")],
    fact: Facts = None,
    pay_with: PayWith = None,
    quote: OnlyQuote = False,
    yes: Yes = False,
) -> None:
    """Sit elsewhere on a flight, in seats by number. The flights stay as they are.

    Shows what it would cost and asks for a yes, as `irops request cancel` does. A seat is not held meanwhile: where it is gone
    at the yes, there is a new quote for seats near it.

    Example: irops request seat QX7K2M 12A 12B --flight B6.1017.JFK.2013-02-08 --pay-with card-1=credit_card
    """
    on = canonical(_read("flight", flight, FlightKey))
    numbers = tuple(_read("seat", each.upper(), SeatNumber) for each in seats)

    def wanted(booking: Booking | None) -> Wanted:
        journeys = booking.journeys if booking else ()
        own = next((each.number for each in journeys if on in {leg.flight for leg in each.legs}), 1)
        return Wanted(seats=(SeatsWanted(journey=own, flight=on, seats=numbers),))

    run(_request(pnr, wanted, fact or [], pay_with or [], only_quote=quote, yes=yes))


@request.command("name")
def name(
    pnr: Pnr,
    passenger: Annotated[int, typer.Argument(min=1, help="Whose name, by place in the booking: 1 is the first.")],
    name: Annotated[str, typer.Argument(help="The whole name as it would be.")],
    fact: Facts = None,
    pay_with: PayWith = None,
    quote: OnlyQuote = False,
    yes: Yes = False,
) -> None:
    """Correct a passenger's name, or give another one. All else about the passenger stays as it is.

    Shows what it would cost and asks for a yes, as `irops request cancel` does. The name is kept for no longer than the quote
    stands, and then in the booking alone.

    Example: irops request name QX7K2M 1 'Ana Ruiz' --quote
    """
    names = {passenger: _read("name", name, PassengerName)}
    wanted = Wanted(names=(passenger,))
    run(_request(pnr, lambda _: wanted, fact or [], pay_with or [], names=names, only_quote=quote, yes=yes))


@request.command("compensation")
def compensation(
    pnr: Pnr,
    complaint: Annotated[ComplaintKind, typer.Argument(help="What went wrong.")],
    journey: Annotated[int, typer.Option(help="On which journey, by its number.")] = 1,
    fact: Facts = None,
    pay_with: PayWith = None,
    quote: OnlyQuote = False,
    yes: Yes = False,
) -> None:
    """Be compensated for what went wrong on a journey: once for each complaint.

    Whether a flight was cancelled or is delayed is looked up, not believed. Shows what is granted and asks for a yes, as
    `irops request cancel` does. The trip stays as it is.

    Example: irops request compensation QX7K2M delayed_flight --journey 2
    """
    wanted = Wanted(compensate=Complaint(journey=journey, kind=complaint))
    run(_request(pnr, lambda _: wanted, fact or [], pay_with or [], only_quote=quote, yes=yes))


async def _request(
    pnr: str,
    wanted: Callable[[Booking | None], Wanted],
    facts: Sequence[str],
    pay_with: Sequence[str],
    *,
    names: dict[int, str] | None = None,
    only_quote: bool,
    yes: bool,
) -> int:
    known = _read("PNR", pnr, Name)
    stated = dict(_pair(text, "a fact and its value, such as reason=health") for text in facts)
    offered = tuple(map(_instrument, pay_with))
    async with system() as bus:
        key = BOOKING.key(pnr=known)
        entry = (await bus.load([key]))[key]
        asked = wanted(entry.message if entry else None)
        shown = await quoted(bus, known, asked, stated=stated, pay_with=offered, names=names)
        for line in words_of_quote(shown.quote):
            typer.echo(line)
        if shown.quote.outcome != "allowed":
            return 1
        if only_quote:
            return 0
        if not yes and not typer.confirm("Do it?"):
            typer.echo("nothing is changed")
            return 1
        answer = await requested(bus, shown)
        for line in words_of_answer(answer):
            typer.echo(line)
    return 0 if isinstance(answer, RequestDone) else 1


def _read(what: str, text: str, kind: type[T]) -> T:
    try:
        return msgspec.convert(text, kind)
    except msgspec.ValidationError:
        raise typer.BadParameter(f"{text!r} is no {what}", param_hint=what) from None


def _pair(text: str, wanted: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise Failed(f"{text}: wanted {wanted}", status=2)
    return key, value


def _instrument(text: str) -> Instrument:
    wanted = "a means of payment, such as card-1=credit_card or gift-7=gift_card:'75.00 USD'"
    id_, kind = _pair(text, wanted)
    kind, colon, amount = kind.partition(":")
    try:
        balance = _money(amount) if colon else None
        return msgspec.convert({"id": id_, "kind": kind, "amount": balance}, Instrument)
    except (ValueError, ArithmeticError, msgspec.ValidationError):
        raise Failed(f"{text}: wanted {wanted}", status=2) from None


def _money(text: str) -> Money:
    number, _, currency = text.partition(" ")
    found = Money(amount=Decimal(number), currency=currency)
    if money_fault(found):
        raise ValueError(text)
    return found

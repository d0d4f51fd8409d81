"""`irops queue`: trips that are not booked before someone has agreed, and answers to them."""

from typing import Annotated

import msgspec
import typer

from contracts.ledger import BOOKING, Answerer
from contracts.names import Id
from contracts.names import Pnr as Name
from contracts.offers import Answer, AnswerRefused
from irops.system.connection import system
from irops.system.offering import OpenOffer, answered, open_offer, open_offers
from irops.terminal.command import run
from irops.terminal.failures import Failed
from irops.terminal.listing import show_lines
from irops.terminal.offers import line_of_offer, words_of_offer, words_of_outcome

queue = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="List the trips that are not booked before someone has agreed, and answer for the desk or for who is asked.",
)

Pnr = Annotated[str, typer.Argument(metavar="PNR", help="The party's booking.")]
Journey = Annotated[int | None, typer.Option(help="The journey, by its number, where several have an open offer.")]
Shown = Annotated[
    str | None, typer.Option("--offer", help="Answer only if this offer is still the open one, as it was shown.")
]
As = Annotated[Answerer, typer.Option("--as", help="Whose answer it is. The desk may answer what others are asked.")]


@queue.command("list")
def list_() -> None:
    """One line for each open offer, the one that has to be answered first at the top.

    Party and journey, until when, who is asked, what has happened, and the first trip.

    Example: irops queue list
    """

    async def work() -> int:
        async with system() as bus:
            found = await open_offers(bus)
        show_lines([line_of_offer(*each) for each in found], nothing="no offer is open")
        return 0

    run(work())


@queue.command("show")
def show(pnr: Pnr, journey: Journey = None) -> None:
    """All that an answer may rest on: what has happened, what the party has, and each trip with what it costs by which term.

    Costs are weighted minutes; the trips are numbered as in the party's letter, the best one first. Personal data: mind where
    it goes.

    Example: irops queue show QX7K2M
    """

    async def work() -> int:
        known = _pnr(pnr)
        async with system() as bus:
            found = await open_offer(bus, known, journey=journey, offer=None)
            key = BOOKING.key(pnr=known)
            entry = (await bus.load([key]))[key]
        for line in words_of_offer(*found, entry.message if entry else None):
            typer.echo(line)
        return 0

    run(work())


@queue.command("approve")
def approve(pnr: Pnr, journey: Journey = None, offer: Shown = None, by: As = "desk") -> None:
    """Have the first trip booked, and show what became of it. Exit status 1 where it is refused.

    Example: irops queue approve QX7K2M
    """
    run(_answer(pnr, "take", journey=journey, offer=offer, by=by))


@queue.command("choose")
def choose(
    pnr: Pnr,
    option: Annotated[int, typer.Argument(metavar="OPTION", help="The trip's number, as `irops queue show` has it.")],
    journey: Journey = None,
    offer: Shown = None,
    by: As = "desk",
) -> None:
    """Have another trip of the offer booked. Only the first one's seats are kept: another may be full by now.

    Example: irops queue choose QX7K2M 2 --as party
    """
    run(_answer(pnr, "take", option=option, journey=journey, offer=offer, by=by))


@queue.command("reject")
def reject(pnr: Pnr, journey: Journey = None, offer: Shown = None, by: As = "desk") -> None:
    """Have none of the trips booked. The party keeps its own if that can be flown; else it waits for a person.

    Example: irops queue reject QX7K2M
    """
    run(_answer(pnr, "leave", journey=journey, offer=offer, by=by))


async def _answer(
    pnr: str, answer: Answer, *, option: int | None = None, journey: int | None, offer: Id | None, by: Answerer
) -> int:
    known = _pnr(pnr)
    async with system() as bus:
        found = await open_offer(bus, known, journey=journey, offer=offer)
        chosen = _option(found, option) if option is not None else ""
        outcome = await answered(bus, found.offer, answer, option=chosen, by=by)
    typer.echo(words_of_outcome(outcome))
    return 1 if isinstance(outcome, AnswerRefused) else 0


def _option(found: OpenOffer, number: int) -> Id:
    options = found.fact.options
    if not 1 <= number <= len(options):
        raise Failed(f"the offer to {found.offer.pnr} has the trips 1 to {len(options)}, and no {number}", status=2)
    return options[number - 1]


def _pnr(text: str) -> Name:
    try:
        return msgspec.convert(text, Name)
    except msgspec.ValidationError:
        raise typer.BadParameter(f"{text!r} is no PNR", param_hint="PNR") from None

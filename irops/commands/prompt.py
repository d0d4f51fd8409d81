"""`irops prompt`: what a model would be asked about a party now."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from bus import AskFailed, Unavailable
from contracts.asks import SHOW_PROMPT, PromptFact, PromptShown, ShowPrompt
from contracts.names import Pnr as Name
from irops.system.connection import system
from irops.terminal.command import run
from irops.terminal.failures import Failed


def prompt(pnr: Annotated[str, typer.Argument(metavar="PNR", help="The party's booking.")]) -> None:
    """Show what a model would be asked about a party now, and how old each fact in it is.

    The planner builds the prompt from its present facts, as it does before it asks. No model is asked, so none has to be
    configured. Personal data: mind where it goes.

    Example: irops prompt XK4T9B
    """
    try:
        msgspec.convert(pnr, Name)
    except msgspec.ValidationError:
        raise typer.BadParameter(f"{pnr!r} is no PNR: letters, digits, - and _, at most 40", param_hint="PNR") from None
    run(_prompt(pnr))


async def _prompt(pnr: Name) -> int:
    async with system() as bus:
        try:
            shown = await bus.ask(SHOW_PROMPT, ShowPrompt(pnr=pnr))
        except Unavailable as failure:
            raise Failed(f"no planner answers ({failure}); start one with `irops agent planner`") from failure
        except AskFailed as failure:
            if failure.code != 404:
                raise
            raise Failed(f"{failure.text}; `irops export bookings` lists the parties") from failure
    _show(shown)
    return 0


def _show(shown: PromptShown) -> None:
    typer.echo(f"system\n\n{shown.system}\n\nuser\n\n{shown.user}\n")
    Console(highlight=False).print(_table(shown.facts))


def _table(facts: Iterable[PromptFact]) -> Table:
    table = Table(title="facts in it", title_justify="left")
    for column in ("fact", "source", "revision", "age"):
        table.add_column(column, justify="right" if column in ("revision", "age") else "left", overflow="fold")
    for fact in facts:
        read = (str(fact.revision), age(fact.age_s)) if fact.revision else ("-", "in force")  # rules have no revision
        table.add_row(fact.name, fact.source, *read)
    return table


def age(seconds: float) -> str:
    """`12 s`, `4 min 5 s`, `39 h 0 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"

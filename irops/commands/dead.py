"""`irops dead`: messages that could not be handled stay in the stream DEAD until an operator retries or drops them."""

import re
from datetime import timedelta
from typing import Annotated

import typer

from bus import AskFailed, Bus, Unavailable
from bus.operations import remove
from contracts.asks import retry_of
from contracts.dead import DEAD_LETTER, DeadLetter
from irops.system.connection import system
from irops.terminal.command import run
from irops.terminal.failures import Failed
from irops.terminal.listing import show_lines

_ANSWERS_WITHIN = timedelta(seconds=30)
_ID = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[0-9]+")

dead = typer.Typer(
    no_args_is_help=True, add_completion=False, help="List, show, retry or drop messages that could not be handled."
)

One = Annotated[str, typer.Argument(help="The dead letter's id, as `irops dead list` shows it: AGENT.STREAM.SEQUENCE.")]
Some = Annotated[list[str] | None, typer.Argument(help="Ids as `irops dead list` shows them: AGENT.STREAM.SEQUENCE.")]
All = Annotated[bool, typer.Option("--all", help="Every dead letter.")]


@dead.command("list")
def list_letters() -> None:
    """One line per dead letter: id, time, subject and reason.

    Example: irops dead list
    """

    async def work() -> int:
        async with system() as bus:
            letters = await _all(bus)
        lines = [f"{_id(each)}  {each.at:%Y-%m-%d %H:%M:%S}  {each.subject}  {each.reason}" for each in letters]
        show_lines(lines, nothing="no dead letters")
        return 0

    run(work())


@dead.command("show")
def show(letter: One) -> None:
    """All there is about one: the reason, its headers, its message as it came, and a bug's traceback.

    The message may hold personal data.

    Example: irops dead show booker.PLANS.1042
    """

    async def work() -> int:
        async with system() as bus:
            found = await _one(bus, letter)
        typer.echo(
            f"{found.agent} could not handle {found.subject} ({found.stream} {found.sequence}), {found.at:%c} UTC"
        )
        typer.echo(found.reason)
        for name, value in found.headers.items():
            typer.echo(f"{name}: {value}")
        typer.echo(found.payload.decode(errors="backslashreplace"))
        if found.traceback:
            typer.echo(found.traceback.rstrip())
        return 0

    run(work())


@dead.command("retry")
def retry(letters: Some = None, everything: All = False) -> None:
    """Ask the agent to handle it once more; when it has, the letter goes. Exit status 1 if any could not be handled.

    Example: irops dead retry booker.PLANS.1042

    Example: irops dead retry --all
    """

    async def work() -> int:
        failed = 0
        async with system() as bus:
            for letter in await _named(bus, letters, everything=everything):
                try:
                    answer = await bus.ask(retry_of(letter.agent), letter, timeout=_ANSWERS_WITHIN)
                    why = "" if answer.done else answer.why
                except (AskFailed, Unavailable) as failure:
                    why = str(failure)
                if why:
                    failed += 1
                    typer.echo(f"{_id(letter)}: {why}", err=True)
                else:
                    await remove(bus.nc, letter)
                    typer.echo(f"{_id(letter)}: done")
        return 1 if failed else 0

    run(work())


@dead.command("drop")
def drop(letters: Some = None, everything: All = False) -> None:
    """Remove it for good: what it says will never be handled.

    Example: irops dead drop monitor.FEED.77
    """

    async def work() -> int:
        async with system() as bus:
            for letter in await _named(bus, letters, everything=everything):
                await remove(bus.nc, letter)
                typer.echo(f"{_id(letter)}: dropped")
        return 0

    run(work())


def _id(letter: DeadLetter) -> str:
    return f"{letter.agent}.{letter.stream}.{letter.sequence}"


async def _all(bus: Bus) -> list[DeadLetter]:
    return [recorded.message async for recorded in bus.history(DEAD_LETTER)]


async def _one(bus: Bus, identity: str) -> DeadLetter:
    if not _ID.fullmatch(identity):
        raise Failed(
            f"{identity!r} is no id of a dead letter; one looks like booker.PLANS.1042, see `irops dead list`", status=2
        )
    agent, stream, sequence = identity.split(".")
    key = DEAD_LETTER.key(agent=agent, stream=stream, sequence=sequence)
    entry = (await bus.load([key]))[key]
    if entry is None:
        raise Failed(f"there is no dead letter {identity}; see `irops dead list`")
    return entry.message


async def _named(bus: Bus, identities: list[str] | None, *, everything: bool) -> list[DeadLetter]:
    """Those letters, all of which must exist."""
    if everything == bool(identities):
        raise Failed("name the letters by their ids, or say --all", status=2)
    return await _all(bus) if everything else [await _one(bus, identity) for identity in identities or ()]

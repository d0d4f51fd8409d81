"""`irops pause` and `irops resume`."""

import getpass
from datetime import timedelta
from typing import Annotated

import msgspec
import typer

from bus import AskFailed, Bus
from contracts.brakes import END_BRAKE, SET_BRAKE, BrakeAnswer, EndBrake, Scope, SetBrake, Words
from contracts.pauses import AgentPause
from irops.system.connection import system
from irops.system.pauses import Paused, at_rest, pause_agent, resume_agent
from irops.system.scopes import read_scope
from irops.terminal.command import run
from irops.terminal.failures import Failed
from irops.terminal.instants import read_instant

_ANSWERS_WITHIN = timedelta(seconds=15)
"""The booker ends the commit that it is in first."""

What = Annotated[
    str,
    typer.Argument(
        metavar="WHAT",
        help="An agent, an airport (JFK), a carrier (B6), a flight (B6.1017.JFK.2013-02-08) or `everything`.",
    ),
]
By = Annotated[str | None, typer.Option(help="Who says so; by default the user of this machine.")]


def pause(
    what: What,
    why: Annotated[str, typer.Option(help="Why: it is shown as long as the pause lasts.")],
    by: By = None,
    until: Annotated[
        str | None, typer.Option(help="When it ends by itself, event time with an offset: 2013-02-08T18:00Z.")
    ] = None,
    minutes: Annotated[float | None, typer.Option("--for", help="Or after how many minutes it does.", min=0.0)] = None,
    moves: Annotated[
        int | None, typer.Option(help="Pause only what goes beyond so many moves within any minute.", min=1)
    ] = None,
) -> None:
    """Decide nothing about an airport, carrier, flight or everything, or let an agent take no work, until resumed.

    Under a brake no trip is changed, kept or given up for a journey with that airport, carrier or flight. Flights are followed
    all the same, and nothing is lost: who needs an answer waits, and is planned on the facts of then once the brake ends. With
    --moves trips are changed at that pace, in order. A paused agent ends what it has in hand, takes nothing more and still
    answers. Asked again for the same, it replaces what was asked before. `irops status` shows what is paused, and what waits.

    Example: irops pause JFK --why "fog, airport closed" --for 90

    Example: irops pause everything --moves 60 --why "look at each"

    Example: irops pause planner --why "new rules"
    """
    found = _scope(what)
    if until is not None and minutes is not None:
        raise typer.BadParameter("say either --until or --for", param_hint="--until")
    if moves is not None and isinstance(found, str):
        raise typer.BadParameter(f"{found} is an agent: it is paused, or it is not", param_hint="--moves")
    end, who, words = (
        read_instant(until, "--until") if until else None,
        _words(by or getpass.getuser(), "--by"),
        _words(why, "--why"),
    )

    async def work() -> int:
        async with system() as bus:
            ends = end or (bus.now() + timedelta(minutes=minutes) if minutes is not None else None)
            if ends is not None and ends <= bus.now():
                raise Failed(
                    f"it would have ended at {ends:%Y-%m-%d %H:%M} UTC: it is {bus.now():%Y-%m-%d %H:%M}", status=2
                )
            if isinstance(found, Scope):
                answer = await _asked(bus, SetBrake(scope=found, by=who, why=words, until=ends, moves_a_minute=moves))
                typer.echo(Paused(answer.brake, answer.waiting).line)
                return 0
            state = AgentPause(agent=found, by=who, why=words, since=bus.now(), until=ends)
            await pause_agent(bus, state)
            processes, busy = await at_rest(bus, found)
        if not processes:
            typer.echo(f"no {found} answers; it is paused when it starts")
        elif busy:
            raise Failed(f"{found} is paused, and has something in hand still; `irops status` shows when it has not")
        else:
            typer.echo(f"{found} is paused and has nothing in hand")
        return 0

    run(work())


def resume(what: What, by: By = None) -> None:
    """End a pause: an agent works again, or what waited for a brake is planned and decided.

    Example: irops resume JFK
    """
    found = _scope(what)
    who = _words(by or getpass.getuser(), "--by")

    async def work() -> int:
        async with system() as bus:
            if isinstance(found, Scope):
                answer = await _ended(bus, EndBrake(scope=found, by=who))
                waits = "1 journey waits" if answer.waiting == 1 else f"{answer.waiting:,} journeys wait"
                typer.echo(f"the brake on {found} has ended; {waits} no longer")
            elif await resume_agent(bus, found):
                typer.echo(f"{found} is resumed")
            else:
                raise Failed(f"{found} is not paused")
        return 0

    run(work())


async def _asked(bus: Bus, question: SetBrake) -> BrakeAnswer:
    try:
        return await bus.ask(SET_BRAKE, question, timeout=_ANSWERS_WITHIN)
    except AskFailed as failure:
        raise Failed(failure.text) from failure


async def _ended(bus: Bus, question: EndBrake) -> BrakeAnswer:
    try:
        return await bus.ask(END_BRAKE, question, timeout=_ANSWERS_WITHIN)
    except AskFailed as failure:
        raise Failed(failure.text) from failure


def _scope(what: str) -> Scope | str:
    try:
        return read_scope(what)
    except ValueError as failure:
        raise typer.BadParameter(str(failure), param_hint="WHAT") from failure


def _words(text: str, option: str) -> str:
    try:
        return msgspec.convert(text.strip(), Words)
    except msgspec.ValidationError:
        raise typer.BadParameter("wanted a few words, at most 200 characters", param_hint=option) from None

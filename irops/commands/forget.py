"""`irops forget`: every trace of a party goes, for ever."""

import asyncio
from datetime import timedelta
from typing import Annotated

import msgspec
import typer

from bus import AskFailed, Bus, Commit, Fact, Unavailable
from bus.clock import monotonic
from bus.operations import behind, last_sequence, purge, remove
from contracts.dead import DEAD_LETTER, DeadLetter
from contracts.forget import FORGET_LETTERS, FORGET_PARTY, ForgetLetters, ForgetParty
from contracts.ledger import BOOKING
from contracts.names import Pnr
from contracts.plans import PLAN_PROPOSED
from irops.system.connection import system
from irops.system.mentions import Mentions, mentions, redacted
from irops.terminal.command import run
from irops.terminal.failures import Failed

_ANSWERS_WITHIN = timedelta(seconds=60)
_PASSED_WITHIN = timedelta(seconds=60)
"""For how long agents may still be busy with what they have heard of the party."""
_ROUNDS = 3
"""Messages that name the party while it is being forgotten are removed in the next round."""

Party = Annotated[str, typer.Argument(help="The party's PNR.", metavar="PNR")]


def forget(pnr: Party) -> None:
    """Forget a party, for ever: its booking, facts, plans, notices and letters.

    Its seats are sold again, and no message goes to its passengers. A keyed hash of the PNR stays, so that late plans for the
    party are dropped and its booking cannot be imported again. All agents must run, for each has to pass the removal. What
    could not be removed is named, and the exit status is 1; running it again removes what has come since.

    Example: irops forget QX7K2M
    """
    try:
        msgspec.convert(pnr, Pnr)
    except msgspec.ValidationError:
        raise typer.BadParameter("a PNR has letters, digits, - and _, at most 40 of them", param_hint="PNR") from None

    async def work() -> int:
        async with system() as bus:
            left = await forget_party(bus, pnr)
        for line in left.lines:
            typer.echo(f"still names the party: {line}", err=True)
        typer.echo("not forgotten everywhere; run it again" if left else "forgotten")
        return 1 if left else 0

    run(work())


async def forget_party(bus: Bus, pnr: Pnr) -> Mentions:
    """Remove the party everywhere; get what still names it. Raises `Failed`, `Unavailable`, `ApiError`."""
    found = await mentions(bus, pnr)
    for _ in range(_ROUNDS):
        upto = await _out_of_the_ledger(bus, pnr, found)
        await _passed(bus, BOOKING.stream, upto)
        # Everything that agents have published about the party is stored by now. The booker has yet to hear the plans.
        await _passed(bus, PLAN_PROPOSED.stream, await last_sequence(bus.nc, PLAN_PROPOSED.stream))
        await _out_of_the_streams(bus, pnr)
        await _letters(bus, pnr)
        found = await mentions(bus, pnr)
        if not found.removable:
            break
    return found


async def _out_of_the_ledger(bus: Bus, pnr: Pnr, found: Mentions) -> int:
    question = ForgetParty(pnr=pnr, flights=tuple(sorted(found.flights)))
    try:
        return (await bus.ask(FORGET_PARTY, question, timeout=_ANSWERS_WITHIN)).upto
    except AskFailed as failure:
        raise Failed(f"nothing is removed: {failure.text}") from failure


async def _passed(bus: Bus, stream: str, upto: int) -> None:
    """Return once every consumer and every view has passed this sequence."""
    until = monotonic() + _PASSED_WITHIN.total_seconds()
    while lines := await behind(bus.nc, stream, upto=upto):
        if monotonic() > until:
            raise Failed(
                f"the party is out of the ledger, and not yet out of the streams: {'; '.join(lines)}; run it again once "
                "every agent runs; `irops retire AGENT` gives up one that will not run again"
            )
        await asyncio.sleep(0.2)


async def _out_of_the_streams(bus: Bus, pnr: Pnr) -> None:
    found = await mentions(bus, pnr)
    for stream, subjects in found.subjects.items():
        upto = max(subjects.values())
        await _passed(bus, stream, upto)
        await purge(bus.nc, stream, list(subjects), upto=upto)
    for letter, sequence in found.letters:
        await _out_of(bus, letter, sequence, pnr)


async def _out_of(bus: Bus, letter: DeadLetter, sequence: int, pnr: Pnr) -> None:
    rewritten = redacted(letter, pnr)
    if rewritten is None:
        await remove(bus.nc, letter)
        typer.echo(f"dead letter {letter.agent}.{letter.stream}.{letter.sequence} was about the party: removed")
    else:
        await bus.commit(Commit([Fact(DEAD_LETTER.of(rewritten), expires=False, replaces=sequence)]))


async def _letters(bus: Bus, pnr: Pnr) -> None:
    try:
        answer = await bus.ask(FORGET_LETTERS, ForgetLetters(pnr=pnr), timeout=_ANSWERS_WITHIN)
    except (AskFailed, Unavailable) as failure:
        raise Failed(f"the party is out of the streams, and its letters are not removed: {failure}") from failure
    typer.echo(f"{answer.removed} {'letter' if answer.removed == 1 else 'letters'} removed")

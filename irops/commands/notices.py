"""`irops notices`: what no channel has accepted so far, and sending it again."""

from datetime import timedelta
from typing import Annotated

import typer

from bus import AskFailed, Bus, Unavailable
from contracts.notices import RESEND_NOTICE, NoticeFailed, ResendNotice
from irops.system.connection import system
from irops.system.undelivered import undelivered
from irops.terminal.command import run
from irops.terminal.failures import Failed
from irops.terminal.listing import show_lines

_ANSWERS_WITHIN = timedelta(seconds=60)
"""Longer than an attempt takes: each channel is tried a few times."""

notices = typer.Typer(add_completion=False)

Parties = Annotated[
    list[str] | None, typer.Argument(help="Parties by PNR; without any, all of them.", metavar="[PNR]...")
]


@notices.callback(invoke_without_command=True)
def list_notices(context: typer.Context) -> None:
    """List the notices that no channel has accepted, or send them again.

    One line per notice: party, fact, attempts, when it is tried again, and each channel's last error. The notifier tries
    again by itself after growing pauses, or once the contact is corrected if every channel has refused the letter.

    Example: irops notices
    """
    if context.invoked_subcommand is not None:
        return

    async def work() -> int:
        async with system() as bus:
            found = await undelivered(bus)
        lines = [f"{notice.pnr} {notice.id}  {_attempts(notice)}  {_tried(notice)}" for notice in found]
        show_lines(lines, nothing="every notice is delivered")
        return 0

    run(work())


@notices.command("retry")
def retry(pnrs: Parties = None) -> None:
    """Send these parties' undelivered notices now. Exit status 1 if any is still undelivered.

    A letter goes to the booking's present address, so this is what to do once a wrong one is corrected.

    Example: irops notices retry QX7K2M
    """

    async def work() -> int:
        async with system() as bus:
            found = await undelivered(bus)
            if unknown := sorted({*(pnrs or ())} - {notice.pnr for notice in found}):
                raise Failed(f"no undelivered notice of {', '.join(unknown)}; see `irops notices`")
            chosen = [notice for notice in found if not pnrs or notice.pnr in pnrs]
            for notice in chosen:
                typer.echo(f"{notice.pnr} {notice.id}  {await _resend(bus, notice)}")
            left = {(notice.pnr, notice.id) for notice in await undelivered(bus)}
        return int(any((notice.pnr, notice.id) in left for notice in chosen))

    run(work())


async def _resend(bus: Bus, notice: NoticeFailed) -> str:
    try:
        answer = await bus.ask(RESEND_NOTICE, ResendNotice(pnr=notice.pnr, id=notice.id), timeout=_ANSWERS_WITHIN)
    except (AskFailed, Unavailable) as failure:
        return str(failure)
    return f"sent by {answer.channel}" if answer.channel else f"not sent: {answer.why}"


def _attempts(notice: NoticeFailed) -> str:
    attempts = "1 attempt" if notice.attempts == 1 else f"{notice.attempts} attempts"
    if notice.again_at is None:
        return f"{attempts}, not tried again"
    return f"{attempts}, again at {notice.again_at:%Y-%m-%d %H:%M:%S} UTC"


def _tried(notice: NoticeFailed) -> str:
    return "; ".join(f"{channel}: {error}" for channel, error in sorted(notice.tried.items()))

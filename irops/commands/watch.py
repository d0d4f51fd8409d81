"""`irops watch`."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bus import Bus
from bus.clock import replay_note, wall
from irops.live.figures import Figures
from irops.live.follow import Follow
from irops.live.picture import write_picture
from irops.live.screen import open_screen, showing
from irops.live.tally import Tally
from irops.system.connection import system
from irops.terminal.command import run, until_signal
from irops.terminal.failures import Failed
from irops.terminal.folders import folder_of


def watch(
    window: Annotated[
        float, typer.Option(min=1, max=2880, help="Minutes, up to now, that the figures are over.", metavar="MINUTES")
    ] = 60,
    svg: Annotated[
        Path | None, typer.Option(help="Write one picture (SVG) to this file, and end.", dir_okay=False)
    ] = None,
) -> None:
    """Show a running system as it works, until Ctrl-C: what is fed, disrupted, rebooked and sent.

    It follows the streams and slows nothing down. Where the output is not a terminal, it prints a line every 5 s. News lines
    name flights and counts, never people.

    Example: irops watch --window 15
    """
    folder_of(svg, "--svg")
    run(_watch(timedelta(minutes=window), svg))


async def _watch(window: timedelta, svg: Path | None) -> int:
    async with system() as bus:
        if not bus.clock_is_set:
            raise Failed("the clock is not set; run `irops provision` first")
        follow = Follow(bus, Tally(window))
        try:
            await follow.start(since=wall() - window)
            if svg:
                await follow.ask()
                write_picture(_frame(bus, follow, window), svg)
                typer.echo(f"picture   {svg}")
            else:
                async with showing(follow, open_screen(Console()), lambda: _frame(bus, follow, window)):
                    await until_signal()
        finally:
            await follow.stop()
    return 0


def _frame(bus: Bus, follow: Follow, window: timedelta) -> Figures:
    now = wall()
    follow.tally.forget(now)
    return Figures(
        now=bus.now(),
        zone="UTC",
        pace=_pace(bus.speed),
        window=f"the last {window / timedelta(minutes=1):g} min",
        counts=follow.tally.counts(now),
        reports=follow.reports,
        clock_note=replay_note(bus.tick, now) or "",
    )


def _pace(speed: float) -> str:
    if speed == 1:
        return "real time"
    return f"{speed:g} x real time" if speed else "lock-step"

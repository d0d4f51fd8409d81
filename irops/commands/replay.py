"""`irops replay`."""

from rich.console import Console

from bus.clock import monotonic
from irops.live.picture import write_picture
from irops.processes.running import all_running
from irops.replay.choices import (
    DayOption,
    Horizon,
    Hours,
    Load,
    Numbered,
    Picture,
    RecordFolder,
    Report,
    Sample,
    Seed,
    Speed,
    options_of,
    read_or_fail,
)
from irops.replay.run import prepare, run_replay
from irops.replay.summary import exit_status, show, write_report
from irops.system.connection import connection
from irops.system.provisioning import provisioned
from irops.terminal.command import run, until_interrupted
from irops.terminal.folders import folder_of
from simulation.answering import Public

_ANSWER_WITHIN = 10.0
"""Seconds. Agents that run answer at once; those that waited for the streams become ready meanwhile."""
_OTHERWISE = (
    "nothing was written for the replay; start the agents on this server with `irops up` or `irops agent NAME`, "
    "or let `irops demo` start all of it"
)


def replay(
    day: DayOption = "2013-02-08",
    replay_hours: Hours = 24,
    horizon_days: Horizon = 3,
    speed: Speed = "900",
    seed: Seed = 7,
    load_factor: Load = 0.83,
    sample: Sample = 1.0,
    seats_by_number: Numbered = False,
    report: Report = None,
    svg: Picture = None,
    record: RecordFolder = None,
) -> None:
    """Replay a day against a running system (NATS_URL) whose ledger is empty.

    Example: NATS_URL=nats://127.0.0.1:4222 irops replay --sample 0.05 --replay-hours 1
    """
    options = options_of(
        day, replay_hours, horizon_days, speed, seed, load_factor, sample, record, numbered=seats_by_number
    )
    folder_of(report, "--report")
    folder_of(svg, "--svg")

    async def main() -> int:
        console, began = Console(), monotonic()
        day_read = read_or_fail(options)
        async with connection() as bus:
            for change in await provisioned(bus):
                console.print(change, highlight=False, soft_wrap=True)
            public = Public(bus, seed=options.seed)
            await bus.start_views()
            try:
                await all_running(bus, within=_ANSWER_WITHIN, otherwise=_OTHERWISE)
                seeded = await prepare(bus, options, day_read, console)
                result = await run_replay(bus, options, day_read, seeded, console, began=began, public=public)
            finally:
                await bus.stop_views()
        if report:
            write_report(result.report, report)
        if svg:
            write_picture(result.frame, svg)
        show(console, result)
        if result.clock_note:
            console.print(result.clock_note, highlight=False, soft_wrap=True)
        return exit_status(result)

    run(until_interrupted(main()))

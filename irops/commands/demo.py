"""`irops demo`."""

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bus.clock import monotonic
from bus.operations import alone_in, provision
from contracts.streams import STREAMS
from irops.live.picture import write_picture
from irops.processes.roster import agents
from irops.processes.supervisor import Supervisor
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
from irops.system.connection import connection, embedded
from irops.terminal.command import run, until_interrupted
from irops.terminal.failures import Failed
from irops.terminal.folders import folder_of, named_by
from simulation.answering import Public


def demo(
    day: DayOption = "2013-02-08",
    replay_hours: Hours = 24,
    horizon_days: Horizon = 3,
    speed: Speed = "900",
    seed: Seed = 7,
    load_factor: Load = 0.83,
    sample: Sample = 1.0,
    seats_by_number: Numbered = False,
    replicas: Annotated[int, typer.Option(min=1, max=16, help="Processes of each agent; of the booker, standbys.")] = 1,
    report: Report = None,
    svg: Picture = None,
    data: Annotated[Path, typer.Option(help="Folder for the server's data, logs, report and messages.")] = Path(
        ".irops/demo"
    ),
    record: RecordFolder = None,
    rules: Annotated[
        Path | None,
        typer.Option(help="A folder of rules (TOML) that the agents go by.", exists=True, file_okay=False),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the server's data afterwards.")] = False,
) -> None:
    """Replay a storm day: server, seeding, agents, feed, and the audit at the end.

    Example: irops demo --sample 0.05 --replay-hours 6
    """
    options = options_of(
        day, replay_hours, horizon_days, speed, seed, load_factor, sample, record, numbered=seats_by_number
    )
    if options.lockstep and replicas > 1:
        raise typer.BadParameter("lock-step (--speed max) takes one process of each agent", param_hint="--replicas")
    folder_of(report, "--report")
    folder_of(svg, "--svg")

    async def main() -> int:
        console, began = Console(), monotonic()
        day_read = read_or_fail(options)
        folders = _emptied(data)
        server = embedded(folders[0])
        environment = {
            "NATS_URL": server.url,
            "IROPS_NATS_CONTEXT": "",
            "IROPS_NOTIFIER_MAILDIR": str(folders[1].absolute()),
            **({"IROPS_RULES_FOLDER": str(rules.absolute())} if rules else {}),
        }
        supervisor = Supervisor(folders[2], environment)
        try:
            async with supervisor.serving(server), connection(server.url) as bus:
                await provision(bus.nc, STREAMS)
                public = Public(bus, seed=options.seed)
                await bus.start_views()
                try:
                    seeded = await prepare(bus, options, day_read, console)
                    await supervisor.start([f"agents.{name}" for name in agents()], replicas=replicas)
                    performed = run_replay(
                        bus, options, day_read, seeded, console, began=began, public=public, supervisor=supervisor
                    )
                    result = await supervisor.unless_refused(performed)
                finally:
                    await supervisor.stop()
                    await bus.stop_views()
        finally:
            if not keep:
                shutil.rmtree(folders[0], ignore_errors=True)
        written = report or data / "report.json"
        write_report(result.report, written)
        if svg:
            write_picture(result.frame, svg)
        show(console, result)
        if keep and result.clock_note:
            console.print(result.clock_note, highlight=False, soft_wrap=True)
        console.print(f"report    {written}\nmessages  {folders[1]}\nlogs      {folders[2]}", highlight=False)
        return exit_status(result)

    run(until_interrupted(main()))


def _emptied(data: Path) -> list[Path]:
    """The folders of server, messages and logs, emptied. Raises `Failed` for folders that no demo has made."""
    mark, folders = data / ".irops-demo", [data / name for name in ("server", "maildir", "logs")]
    if not mark.exists() and any(folder.exists() for folder in folders):
        raise Failed(f"{data} has folders that no demo has made; name another with --data", status=2)
    with named_by("--data"):
        data.mkdir(parents=True, exist_ok=True)
        mark.touch()
    with alone_in(folders[0]):
        for old in folders:
            shutil.rmtree(old, ignore_errors=True)
    return folders

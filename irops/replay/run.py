"""One replay on a running system, from an empty ledger to the judged end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bus import Bus, Unavailable
from bus.clock import monotonic
from bus.operations import ApiError, consumers_on, discover, last_sequence, next_sequence, pending_work
from bus.tasks import cancel
from contracts.ledger import BOOKING, SEAT_LEDGER
from irops.audit import Audit
from irops.live.screen import Screen, open_screen
from irops.live.watch import Watch
from irops.processes.supervisor import Supervisor, death
from irops.replay.options import Day, ReplayOptions
from irops.replay.report import judge
from irops.terminal.failures import Failed
from simulation.conductor import ORDER, replay_at_pace, replay_in_lockstep, set_pace
from simulation.parties import seed_flights
from simulation.sowing import Sown, sow

_LOOK_EVERY = 0.5
_ASK_EVERY = 2.0
_AGENTS_WITHIN = 60.0
_QUIET_WITHIN = 60.0
_HEARD = ("FEED", "FLIGHTS", "LEDGER", "PLANS")
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Result:
    report: dict[str, Any]
    audit: Audit
    still_open: list[str]
    """What was still open after a minute's wait; a line each."""


async def prepare(bus: Bus, options: ReplayOptions, day: Day, console: Console) -> Sown:
    """Writes the day's flights and parties into an empty server. Time stands still from here until the replay begins."""
    # A booker that is running has written its lease already.
    if await next_sequence(bus.nc, BOOKING.stream, (SEAT_LEDGER.filter, BOOKING.filter), after=0):
        raise Failed("the server has a ledger already; a replay needs an empty one (use a new data folder or volume)")
    await set_pace(bus, day.start, 0)
    with Progress(
        TextColumn("seeding"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("parties"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as progress:
        seeded = list(
            seed_flights(
                day.record,
                seed=options.seed,
                load_factor=options.load_factor,
                sample=options.sample,
                first_instant=day.start,
            )
        )
        task = progress.add_task("seeding", total=sum(len(flight.bookings) for flight in seeded))
        return await sow(bus, seeded, progress=lambda parties: progress.advance(task, parties))


async def run_replay(
    bus: Bus,
    options: ReplayOptions,
    day: Day,
    sown: Sown,
    console: Console,
    *,
    began: float,
    supervisor: Supervisor | None = None,
) -> Result:
    """Waits for the agents, replays the day, waits until nothing is open, and judges. `began`: monotonic seconds at which the
    command did.

    Raises `Failed` when the agents don't come, `Unavailable` when the server or an agent is lost for good.
    """

    def restarts() -> int:
        return supervisor.restarts if supervisor else 0

    await _all_there(bus)
    watch = Watch(
        bus, statuses=len(day.feed), from_ledger=await last_sequence(bus.nc, BOOKING.stream), restarts=restarts
    )
    screen = open_screen(console, options, day, NEW_YORK)

    def died(name: str, status: int) -> None:
        watch.seen.last_death = death(name, status)
        screen.say(watch.seen.last_death)

    if supervisor:
        supervisor.died = died
    async with looking(watch, screen):
        try:
            if options.lockstep:
                await replay_in_lockstep(bus, day.news, until=day.end)
                left: list[str] = []
            else:
                await set_pace(bus, day.start, options.speed)
                await replay_at_pace(bus, day.news, until=day.end)
                await set_pace(bus, day.end, 1)
                left = await _quiet(bus)
        finally:
            with suppress(Unavailable, ApiError):  # time goes on at its own pace from here, however the replay result
                await set_pace(bus, bus.now(), 1)
    report, audit = await judge(
        bus,
        options,
        day,
        sown,
        restarts=restarts(),
        watch=watch,
        began=began,
    )
    report["still_open"] = left
    return Result(report, audit, left)


@asynccontextmanager
async def looking(watch: Watch, screen: Screen) -> AsyncIterator[None]:
    """Meanwhile the screen shows what is seen, at last the end; then it is closed."""
    task = asyncio.create_task(_keep_looking(watch, screen))
    try:
        yield
    finally:
        await cancel(task)
        with suppress(Unavailable):
            await watch.look()
            await watch.ask()
            screen.show(watch.seen)
        screen.close()


async def _keep_looking(watch: Watch, screen: Screen) -> None:
    asked = 0.0
    while True:
        with suppress(Unavailable):  # while the server is down there is nothing to see
            await watch.look()
            if monotonic() - asked > _ASK_EVERY:
                asked = monotonic()
                await watch.ask()
        screen.show(watch.seen)
        await asyncio.sleep(_LOOK_EVERY)


async def _all_there(bus: Bus) -> None:
    deadline = monotonic() + _AGENTS_WITHIN
    while missing := set(ORDER) - {instance.agent for instance in await discover(bus.nc, verb="PING", wait=0.1)}:
        if monotonic() > deadline:
            raise Failed(f"these agents did not answer within {_AGENTS_WITHIN:g} s: {', '.join(sorted(missing))}")


async def _quiet(bus: Bus) -> list[str]:
    """What is still open after a minute; empty once nothing is."""
    deadline = monotonic() + _QUIET_WITHIN
    while left := await pending_work(bus.nc, await consumers_on(bus.nc, _HEARD)):
        if monotonic() > deadline:
            return left
        await asyncio.sleep(0.2)
    return []

"""One replay on a running system: seed an empty ledger, replay the day, judge the result."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bus import Bus, Unavailable
from bus.clock import monotonic, wall
from bus.operations import ApiError, consumers_on, next_sequence, pending_work, timers_due
from contracts.layouts import Layout, LayoutName
from contracts.ledger import BOOKING, SEAT_LEDGER
from irops.audit import Audit
from irops.live.figures import Figures, ReplayProgress
from irops.live.follow import Follow
from irops.live.screen import open_screen, showing
from irops.live.tally import Tally
from irops.processes.running import all_running, lockstep_order
from irops.processes.supervisor import Death, Supervisor
from irops.replay.options import Day, ReplayOptions
from irops.replay.report import judge
from irops.system.clock import clock_note
from irops.terminal.failures import Failed
from simulation.answering import Public
from simulation.conductor import replay_at_pace, replay_in_lockstep, set_pace
from simulation.layouts import layouts_of, with_numbers
from simulation.parties import seed_flights
from simulation.seeding import Seeded, seed_streams

_QUIET_WITHIN = 60.0
_WORK = ("FEED", "FLIGHTS", "LEDGER", "PLANS", "REQUESTS")
_ZONE = "America/New_York"
"""The record is of flights from New York."""


@dataclass(frozen=True, slots=True)
class Result:
    report: dict[str, Any]
    audit: Audit
    pending: list[str]
    """Work that was still pending after a minute's wait; a line each."""
    frame: Figures
    """The last frame of the panel."""
    clock_note: str | None = None
    """A sentence where event time is the replay's from here on."""


async def prepare(bus: Bus, options: ReplayOptions, day: Day, console: Console) -> Seeded:
    """Write the day's flights and parties into an empty server. Event time then stands still until the replay begins. Raises
    `Failed` where the server has a ledger."""
    # A running booker has already written its lease, so the stream itself may not be empty.
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
        flights = list(
            seed_flights(
                day.record,
                seed=options.seed,
                load_factor=options.load_factor,
                sample=options.sample,
                first_instant=day.start,
            )
        )
        layouts: dict[LayoutName, Layout] = {}
        if options.numbered:
            flights = [with_numbers(flight) for flight in flights]
            layouts = layouts_of(flights, (announced.message for announced in day.feed))
        task = progress.add_task("seeding", total=sum(len(flight.bookings) for flight in flights))
        return await seed_streams(
            bus, flights, layouts=layouts.values(), progress=lambda parties: progress.advance(task, parties)
        )


async def run_replay(
    bus: Bus,
    options: ReplayOptions,
    day: Day,
    seeded: Seeded,
    console: Console,
    *,
    began: float,
    public: Public,
    supervisor: Supervisor | None = None,
) -> Result:
    """Wait for the agents, replay the day, wait until no work is pending, and judge. `began`: monotonic seconds at which the
    command started. `public`: the parties that answer what they are asked.

    Raises `Failed` when the agents do not answer, `Unavailable` when the server or an agent is lost for good.
    """

    def restarts() -> int:
        return supervisor.restarts if supervisor else 0

    alarm = ""
    order = lockstep_order(await all_running(bus))
    follow = Follow(bus, Tally())

    def frame() -> Figures:
        now = bus.now()
        return Figures(
            now=now,
            zone=_ZONE,
            pace="lock-step" if options.lockstep else f"{options.speed:g} x real time",
            window="the replay so far",
            counts=follow.tally.counts(wall()),
            reports=follow.reports,
            progress=_progress(day, now),
            restarts=restarts(),
            alarm=alarm,
        )

    try:
        await follow.start()
        screen = open_screen(console)

        def died(death: Death) -> None:
            nonlocal alarm
            alarm = str(death)
            screen.print(alarm)

        if supervisor:
            supervisor.died = died
        async with showing(follow, screen, frame):
            pending = await _replay(bus, options, day, order, public)
    finally:
        await follow.stop()
    report, audit = await judge(bus, options, day, seeded, restarts=restarts(), follow=follow, began=began)
    report["still_open"] = pending
    return Result(report, audit, pending, frame(), clock_note(bus))


async def _replay(bus: Bus, options: ReplayOptions, day: Day, order: Sequence[str], public: Public) -> list[str]:
    """Publish the day's news at its pace, and return the work that is still pending at the end, a line each."""
    try:
        if options.lockstep:
            await replay_in_lockstep(bus, day.news, order=order, until=day.end, public=public)
            return []
        await set_pace(bus, day.start, options.speed, until=day.end)
        await replay_at_pace(bus, day.news, until=day.end, public=public)
        await set_pace(bus, bus.now(), 1)
        return await _quiet(bus, day.end)
    finally:
        with suppress(Unavailable, ApiError):  # event time runs at speed 1 from here, however the replay ended
            await set_pace(bus, bus.now(), 1)


def _progress(day: Day, now: datetime) -> ReplayProgress:
    length = (day.end - day.start).total_seconds()
    done = min(max((now - day.start).total_seconds(), 0), length)
    return ReplayProgress(seconds=done, of_seconds=length, statuses=len(day.feed))


async def _quiet(bus: Bus, end: datetime) -> list[str]:
    """Wait until no work is pending and no timer is due by `end`, for a minute at most. Returns what is left then.

    A view that sets a timer may lag a little behind the message that its agent has handled, so nothing may be left twice.
    """
    deadline, before = monotonic() + _QUIET_WITHIN, True
    while True:
        left = await pending_work(bus.nc, await consumers_on(bus.nc, _WORK)) + await timers_due(bus.nc, by=end)
        if not left and not before:
            return []
        if monotonic() > deadline:
            return left
        before = bool(left)

"""Agents as processes: several of each, stopped, killed, and watched from outside."""

import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from bus import Unavailable
from bus.clock import monotonic
from contracts.asks import IMPORT_BOOKINGS, ImportBookings, Imported
from contracts.flights import FLIGHT_STATUS
from contracts.ledger import ACTIVE_BOOKER, BOOKING_CHANGED, SEATS_DISRUPTED, Booking
from contracts.notices import NOTICE_FAILED, NOTICE_SENT
from contracts.plans import PLAN_PROPOSED
from contracts.subject import Subject
from irops.processes.supervisor import Process
from tests.journeys.small_world import World
from tests.journeys.system import System, living
from tests.single_journey import altered
from tests.support import eventually

pytestmark = pytest.mark.slow

ALL = ("monitor", "booker", "planner", "notifier", "pricer")


async def active(system: System) -> int:
    """The process id of the active booker: the holder's name is `<host>.<pid>.<random>`; 0 while there is none."""
    key = ACTIVE_BOOKER.key()
    entry = (await system.bus.load([key]))[key]
    return int(entry.message.holder.split(".")[-2]) if entry else 0


async def another_is_active(system: System, before: int) -> bool:
    return await active(system) not in (0, before)


@pytest.mark.parametrize(
    ("signum", "lease", "within"),
    [
        pytest.param(signal.SIGKILL, 1.0, 3.5, id="killed"),
        pytest.param(signal.SIGTERM, 8.0, 2.0, id="stopped"),
    ],
)
async def test_a_standby_takes_over(signum: signal.Signals, lease: float, within: float, tmp_path: Path) -> None:
    """When the active booker is killed, as soon as its lease is over; when it is stopped, at once. Nothing is lost or done
    twice."""
    world = World()
    first, then, other = world.flight(1, leaves=3), world.flight(2, leaves=4), world.flight(3, leaves=6)
    world.party("ONE", first)
    world.party("TWO", then)
    lives = [{"IROPS_BOOKER_LEASE_S": f"{lease:g}"}]
    async with living(world, tmp_path, apart=["booker"], replicas=2, lives=lives) as system:
        await system.hear(world.status(first, cancelled=True))
        await eventually(lambda: all(_up(p, tmp_path) for p in system.supervisor.processes), what="a standby")
        before = await active(system)
        assert before in {process.pid for process in system.supervisor.processes}
        os.kill(before, signum)
        began = monotonic()
        await eventually(lambda: another_is_active(system, before), what="another active booker", within=within + 5)
        took = monotonic() - began
        await system.hear(world.status(then, cancelled=True))
        end = await system.end()
    assert took < within
    assert end.streams.bookings["TWO"].journeys[0].legs[0].flight == other


async def test_a_booker_that_was_frozen_and_taken_over_stands_down(tmp_path: Path) -> None:
    """It wakes believing that it is the active one, with messages that another has handled meanwhile, writes not a word, ends
    with status 1 and is started again."""
    world = World()
    first, then, last = (world.flight(n, leaves=2 + n) for n in (1, 2, 3))
    other = world.flight(4, leaves=8)
    for pnr, flight in (("ONE", first), ("TWO", then), ("THREE", last)):
        world.party(pnr, flight)
    async with living(world, tmp_path, apart=["booker"], replicas=2) as system:
        await system.hear(world.status(first, cancelled=True))
        await eventually(lambda: all(_up(p, tmp_path) for p in system.supervisor.processes), what="a standby")
        before = await active(system)
        frozen = next(process for process in system.supervisor.processes if process.pid == before)
        os.kill(before, signal.SIGSTOP)
        try:
            await system.say(world.status(then, cancelled=True))
            await eventually(lambda: another_is_active(system, before), what="another active booker")
            await system.settled()
            assert not system.deaths
        finally:
            os.kill(before, signal.SIGCONT)
        await eventually(lambda: system.deaths, what="its end")
        await eventually(lambda: frozen.pid not in (None, before), what="its next life")
        assert await another_is_active(system, before)
        await system.hear(world.status(last, cancelled=True))
        end = await system.end()
    assert (system.deaths, frozen.restarts) == ([(frozen.name, 1)], 1)
    assert {booking.journeys[0].legs[0].flight for booking in end.streams.bookings.values()} == {other}
    assert "is the active booker now" in frozen.log.read_text()


def _up(process: Process, folder: Path) -> bool:
    log = folder / "logs" / f"{process.name}.log"
    return log.exists() and ('"standing by"' in log.read_text() or '"active"' in log.read_text())


async def test_three_of_each_come_to_a_sound_end(tmp_path: Path) -> None:
    """Forty flights are cancelled at once, their parties compete for few seats, and one monitor is killed on the way."""
    world = World()
    dead = [world.flight(n, leaves=3 + n / 20, economy=4) for n in range(1, 41)]
    for n in range(100, 110):
        world.flight(n, leaves=6 + n / 100, economy=6)
    for n, flight in enumerate(dead):
        world.party(f"A{n}", flight, seats=1 + n % 3)
        world.party(f"B{n}", flight, seats=1)
    async with living(world, tmp_path, apart=ALL, replicas=3) as system:
        await system.say(*(world.status(flight, cancelled=True) for flight in dead))
        monitor = next(p for p in system.supervisor.processes if p.name.startswith("monitor"))
        assert monitor.pid
        os.kill(monitor.pid, signal.SIGKILL)
        await system.settled(within=30)
        end = await system.end()
    assert {b.journeys[0].state for b in end.streams.bookings.values()} == {"rebooked", "stranded"}
    assert len(end.notified()) >= len(end.streams.bookings)


async def test_one_trace_leads_from_the_feed_to_the_notice_and_no_log_names_a_person(tmp_path: Path) -> None:
    """Status, disruption, plan, booking and notice carry one trace id; contact and remark are in no log."""
    world = World()
    dead = world.flight(1, leaves=3)
    world.flight(2, leaves=5)
    world.party("MOVED", dead, remark="wedding at six, please hurry")
    async with living(world, tmp_path, apart=ALL) as system:
        await system.hear(world.status(dead, cancelled=True))
        subjects: tuple[Subject[Any], ...] = (
            FLIGHT_STATUS,
            SEATS_DISRUPTED,
            PLAN_PROPOSED,
            BOOKING_CHANGED,
            NOTICE_SENT,
        )
        traces = {subject.pattern: [r.trace async for r in system.bus.history(subject)] for subject in subjects}
    assert len({trace for found in traces.values() for trace in found}) == 1, traces
    lines = [line for text in _logs(tmp_path).values() for line in text.splitlines()]
    assert all(_is_structured(line) for line in lines)
    assert not [line for line in lines if _is_personal(line)]


async def test_a_notice_that_failed_is_sent_in_the_end_and_no_log_names_a_person(tmp_path: Path) -> None:
    """The log of each failure leads back to the feed event; contact and remark are in no log, though the channel's address has
    the contact."""
    world = World()
    dead = world.flight(1, leaves=3)
    world.flight(2, leaves=5)
    world.party("MOVED", dead, remark="wedding at six, please hurry")
    broken = {
        "IROPS_NOTIFIER_APPRISE": "json://127.0.0.1:1/?:to={to}",
        "IROPS_NOTIFIER_RETRIES": "0",
        "IROPS_NOTIFIER_AGAIN_S": "0.1",
        "IROPS_NOTIFIER_LONGEST_WAIT_S": "0.1",
    }
    async with living(world, tmp_path, apart=ALL, environment=broken) as system:
        tmp, away = system.maildir / "tmp", system.maildir / "away"
        await eventually(tmp.exists, what="a maildir")
        tmp.rename(away)
        await system.say(world.status(dead, cancelled=True))

        async def failed_again() -> bool:
            return any([r.message.attempts > 1 async for r in system.bus.history(NOTICE_FAILED)])

        await eventually(failed_again, what="a second failed attempt")
        away.rename(tmp)
        await system.settled()
        (event,) = [recorded async for recorded in system.bus.history(FLIGHT_STATUS)]
        (failed,) = [recorded async for recorded in system.bus.history(NOTICE_FAILED)]
        end = await system.end()
    logs = _logs(tmp_path)
    logged = [json.loads(line) for line in logs["notifier.log"].splitlines()]
    lines = [line for line in logged if line["event"] == "no channel took the letter"]
    assert {line["trace"] for line in lines} == {failed.trace} == {event.trace}
    assert (len(lines), len(end.letters("MOVED"))) == (failed.message.attempts, 1)
    assert not [line for text in logs.values() for line in text.splitlines() if _is_personal(line)]


def _logs(folder: Path) -> dict[str, str]:
    """Every agent's, by file."""
    logs = {path.name: path.read_text() for path in (folder / "logs").iterdir()}
    assert set(logs) == {f"{agent}.log" for agent in ALL}
    return logs


def _is_personal(line: str) -> bool:
    return "example.org" in line or "wedding" in line


def _is_structured(line: str) -> bool:
    entry = json.loads(line)
    return isinstance(entry, Mapping) and {"agent", "event", "level", "timestamp"} <= entry.keys()


async def test_imported_bookings_have_seats_and_are_looked_after(tmp_path: Path) -> None:
    """A sound booking is taken and moved when its flight dies; one for a flight that does not exist is refused with its
    reason."""
    world = World()
    dead, other = world.flight(1, leaves=3), world.flight(2, leaves=5)
    sound = world.booking("SOUND", dead)
    lost = altered(
        world.booking("LOST", dead), legs=(structs.replace(sound.journeys[0].legs[0], flight="B6.9.JFK.2013-02-08"),)
    )
    async with living(world, tmp_path) as system:
        answer = await eventually(lambda: ask(system, sound, lost), what="an answer")
        await system.hear(world.status(dead, cancelled=True))
        end = await system.end()
    assert (answer.taken, answer.refused) == (1, {"LOST": "unknown flight B6.9.JFK.2013-02-08"})
    assert end.streams.bookings["SOUND"].journeys[0].legs[0].flight == other


async def ask(system: System, *bookings: Booking) -> Imported | None:
    """The booker's answer; None while there is no booker."""
    try:
        return await system.bus.ask(IMPORT_BOOKINGS, ImportBookings(bookings=bookings))
    except Unavailable:
        return None

"""Plays the cases of one world by the real system: a server, the four agents as processes, lock-step.

Each case is told to the system when it starts, by the feed and the booker's import, so that its facts are as old as it says.
Case after case is brought to rest, whatever the time: a model is asked about the parties of one case at once, and none waits
for another's.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import structs

from bus import Bus, derived_id
from bus.operations import Server, provision
from contracts.asks import IMPORT_BOOKINGS, ImportBookings
from contracts.flights import FLIGHT_STATUS, FlightStatus
from contracts.ledger import Booking
from contracts.names import Pnr
from contracts.plans import PLAN_PROPOSED, PlanProposed
from contracts.streams import STREAMS
from contracts.weather import WEATHER_OBSERVED
from irops.audit import Streams, audit
from irops.evaluation.case import Case
from irops.processes.supervisor import Supervisor
from irops.system.connection import connection
from irops.system.reading import read_streams
from irops.terminal.failures import Failed
from simulation.conductor import ORDER, LockStep, set_pace

_ANSWERS_WITHIN = timedelta(seconds=60)
_NO_MODEL = {"IROPS_LLM_BASE_URL": ""}
_NOBODY_IS_TOLD = {"IROPS_NOTIFIER_APPRISE": "", "IROPS_NOTIFIER_APPRISE_FILE": ""}
"""Whatever channels the environment has: these parties are made up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of one case, under the names that it has for its parties."""

    case: Case
    plans: Mapping[Pnr, Sequence[PlanProposed]]
    """In order; of who was planned at all."""
    bookings: Mapping[Pnr, Booking]
    """In the end."""
    illegal: Sequence[str]
    """What the audit of this case alone has found."""


async def play(
    world: Sequence[Case], folder: Path, *, with_model: bool, told: Callable[[], None] = lambda: None
) -> list[Played]:
    """Plays cases that are `apart` in a new world, whose data and logs go into the folder; `told` is called as each comes to
    its end. Raises `Failed` for a booking that can't be, and in an agent's words for settings it can't use; `Unavailable`."""
    server = Server(folder / "nats", sync="2m")  # nothing of it has to outlive a power cut
    environment = {"NATS_URL": server.url, "IROPS_NOTIFIER_MAILDIR": str(folder / "maildir"), **_NOBODY_IS_TOLD}
    supervisor = Supervisor(folder / "logs", environment if with_model else environment | _NO_MODEL)
    async with supervisor.serving(server), connection(server.url) as bus:
        await provision(bus.nc, STREAMS)
        await set_pace(bus, min(case.starts for case in world), 0)
        await bus.start_views()
        try:
            await supervisor.start([f"agents.{name}" for name in ORDER])
            await supervisor.unless_refused(_perform(bus, world, told))
            return await _found(bus, world)
        finally:
            await supervisor.stop()
            await bus.stop_views()


async def _perform(bus: Bus, world: Sequence[Case], told: Callable[[], None]) -> None:
    steps = LockStep(bus)
    moments = [(case.starts, i, None) for i, case in enumerate(world)]
    happens = [(status.observed_at, i, status) for i, case in enumerate(world) for status in case.happens]
    for now, i, status in sorted([*moments, *happens], key=lambda moment: moment[:2]):
        if status is None:
            await _begin(bus, steps, world[i], i)
            continue
        await _say(bus, status, now)
        await steps.settle(now)
        if now == world[i].ends:
            told()


async def _begin(bus: Bus, steps: LockStep, case: Case, i: int) -> None:
    for seen in case.weather:
        said = WEATHER_OBSERVED.of(seen)
        await bus.append(said, identity=derived_id(said.name, case.name, seen.observed_at.isoformat()))
    for flight in case.flights:
        await _say(bus, flight, case.starts)
    await steps.settle(case.starts)
    question = ImportBookings(bookings=tuple(structs.replace(b, pnr=_named(b.pnr, i)) for b in case.bookings))
    answer = await bus.ask(IMPORT_BOOKINGS, question, timeout=_ANSWERS_WITHIN)
    for pnr, why in answer.refused.items():
        raise Failed(f"{case.name}: the booker refuses {_of_case(pnr)}: {why}", status=2)


async def _say(bus: Bus, status: FlightStatus, at: datetime) -> None:
    said = FLIGHT_STATUS.of(status)
    await bus.append(said, identity=derived_id(said.name, at.isoformat()))


def _named(pnr: Pnr, i: int) -> Pnr:
    """In a world of many cases."""
    return f"{i}-{pnr}"


def _of_case(pnr: Pnr) -> Pnr:
    return pnr.partition("-")[2]


async def _found(bus: Bus, world: Sequence[Case]) -> list[Played]:
    streams = await read_streams(bus)
    plans: defaultdict[Pnr, list[PlanProposed]] = defaultdict(list)
    async for recorded in bus.history(PLAN_PROPOSED):
        plans[recorded.message.pnr].append(recorded.message)
    return [played(case, streams, plans, i) for i, case in enumerate(world)]


def played(case: Case, streams: Streams, plans: Mapping[Pnr, Sequence[PlanProposed]], i: int) -> Played:
    """What the streams and plans of a world have of its case number `i`."""
    names = {booking.pnr: _named(booking.pnr, i) for booking in case.bookings}
    findings = [line for lines in audit(_part(streams, case, i)).findings.values() for line in lines]
    for pnr, name in names.items():
        findings = [line.replace(name, pnr) for line in findings]
    return Played(
        case=case,
        plans={pnr: plans[name] for pnr, name in names.items() if name in plans},
        bookings={pnr: streams.bookings[name] for pnr, name in names.items()},
        illegal=findings,
    )


def _part(streams: Streams, case: Case, i: int) -> Streams:
    """What of the streams is about this case, as of its end: later it could have no seat that is legal any more."""
    flights = {flight.flight for flight in case.flights}
    pnrs = {_named(booking.pnr, i) for booking in case.bookings}
    return replace(
        streams,
        flights={flight: state for flight, state in streams.flights.items() if flight in flights},
        seats={flight: ledger for flight, ledger in streams.seats.items() if flight in flights},
        bookings={pnr: booking for pnr, booking in streams.bookings.items() if pnr in pnrs},
        waiting={pnr: marker for pnr, marker in streams.waiting.items() if pnr in pnrs},
        facts=[(at, fact) for at, fact in streams.facts if fact.pnr in pnrs],
        disrupted=[(at, fact) for at, fact in streams.disrupted if fact.flight in flights],
        sent=[notice for notice in streams.sent if notice.pnr in pnrs],
        failed=[notice for notice in streams.failed if notice.pnr in pnrs],
        now=case.ends,
        horizon=max(flight.scheduled_departure for flight in case.flights),
    )

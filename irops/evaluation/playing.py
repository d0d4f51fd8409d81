"""Plays the cases of one world with the real system: a server and the agents as processes, in lock-step.

Each case enters the system at its start, through the feed and the booker's import, so that its facts have the ages it
states. The system settles after every status: a model is asked about the parties of one case at a time, and no case waits
for another.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import structs

from bus import Bus, derived_id
from bus.operations import Server, discover, provision
from contracts.asks import IMPORT_BOOKINGS, ImportBookings
from contracts.flights import FLIGHT_STATUS, FlightStatus
from contracts.ledger import Booking
from contracts.names import Pnr
from contracts.plans import PLAN_PROPOSED, PlanProposed
from contracts.streams import STREAMS
from contracts.weather import WEATHER_OBSERVED
from irops.audit import Streams, audit
from irops.evaluation.case import Case
from irops.processes.roster import agents
from irops.processes.running import all_running, lockstep_order
from irops.processes.supervisor import Supervisor
from irops.system.connection import connection
from irops.system.models import model_use
from irops.system.reading import read_streams
from irops.terminal.failures import Failed
from simulation.conductor import LockStep, set_pace

_ANSWERS_WITHIN = timedelta(seconds=60)
_NO_MODEL = {"IROPS_LLM_BASE_URL": ""}
_NO_CHANNELS = {"IROPS_NOTIFIER_APPRISE": "", "IROPS_NOTIFIER_APPRISE_FILE": ""}
"""These parties are invented: no letter leaves by the channels in the environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The outcome of one case, with the case's own PNRs."""

    case: Case
    plans: Mapping[Pnr, Sequence[PlanProposed]]
    """In order; without the parties that had none."""
    bookings: Mapping[Pnr, Booking]
    """At the end."""
    illegal: Sequence[str]
    """Findings of the audit of this case alone."""
    trouble: str = ""
    """Why the planner had stopped asking the model by the end of the world; empty if it had not."""


async def play(
    world: Sequence[Case], folder: Path, *, with_model: bool, on_case_end: Callable[[], None] = lambda: None
) -> list[Played]:
    """Plays cases that are `apart` in a new world, with its data and logs in the folder. Calls `on_case_end` after each case.

    Raises `Failed` for an impossible booking, and with an agent's own message for settings it rejects; `Unavailable`.
    """
    server = Server(folder / "nats", sync="2m")  # the data need not survive a power cut
    environment = {
        "NATS_URL": server.url,
        "IROPS_NATS_CONTEXT": "",
        "IROPS_NOTIFIER_MAILDIR": str(folder / "maildir"),
        **_NO_CHANNELS,
    }
    supervisor = Supervisor(folder / "logs", environment if with_model else environment | _NO_MODEL)
    async with supervisor.serving(server), connection(server.url) as bus:
        await provision(bus.nc, STREAMS)
        await set_pace(bus, min(case.starts for case in world), 0)
        await bus.start_views()
        try:
            await supervisor.start([f"agents.{name}" for name in agents()])
            await supervisor.unless_refused(_perform(bus, world, on_case_end))
            trouble = model_use(await discover(bus.nc)).trouble
            return [replace(one, trouble=trouble) for one in await _found(bus, world)]
        finally:
            await supervisor.stop()
            await bus.stop_views()


async def _perform(bus: Bus, world: Sequence[Case], on_case_end: Callable[[], None]) -> None:
    steps = LockStep(bus, lockstep_order(await all_running(bus)))
    moments = [(case.starts, i, None) for i, case in enumerate(world)]
    happens = [(status.observed_at, i, status) for i, case in enumerate(world) for status in case.happens]
    for now, i, status in sorted([*moments, *happens], key=lambda moment: moment[:2]):
        if status is None:
            await _begin(bus, steps, world[i], i)
            continue
        await steps.advance(now)
        await _publish(bus, status, now)
        await steps.settle(now)
        if now == world[i].ends:
            on_case_end()


async def _begin(bus: Bus, steps: LockStep, case: Case, i: int) -> None:
    await steps.advance(case.starts)
    for seen in case.weather:
        observed = WEATHER_OBSERVED.of(seen)
        await bus.append(observed, identity=derived_id(observed.name, case.name, seen.observed_at.isoformat()))
    for flight in case.flights:
        await _publish(bus, flight, case.starts)
    await steps.settle(case.starts)
    question = ImportBookings(bookings=tuple(structs.replace(b, pnr=_named(b.pnr, i)) for b in case.bookings))
    answer = await bus.ask(IMPORT_BOOKINGS, question, timeout=_ANSWERS_WITHIN)
    for pnr, why in answer.refused.items():
        raise Failed(f"{case.name}: the booker refuses {_of_case(pnr)}: {why}", status=2)
    await steps.settle(case.starts)


async def _publish(bus: Bus, status: FlightStatus, at: datetime) -> None:
    addressed = FLIGHT_STATUS.of(status)
    await bus.append(addressed, identity=derived_id(addressed.name, at.isoformat()))


def _named(pnr: Pnr, i: int) -> Pnr:
    """The PNR in a world of many cases."""
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
    """The outcome of case number `i`, from the streams and plans of its world."""
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
    """The part of the streams that concerns this case, as of its end or of the last fact about it: later no seat might be legal
    any more."""
    flights = {flight.flight for flight in case.flights}
    pnrs = {_named(booking.pnr, i) for booking in case.bookings}
    facts = [(at, fact) for at, fact in streams.facts if fact.pnr in pnrs]
    return replace(
        streams,
        flights={flight: state for flight, state in streams.flights.items() if flight in flights},
        seats={flight: ledger for flight, ledger in streams.seats.items() if flight in flights},
        bookings={pnr: booking for pnr, booking in streams.bookings.items() if pnr in pnrs},
        waiting={key: entry for key, entry in streams.waiting.items() if key[0] in pnrs},
        changes=[(at, change) for at, change in streams.changes if change.flight in flights],
        statuses=[(at, status) for at, status in streams.statuses if status.flight in flights],
        came_at={},  # cases have clocks of their own
        fares={},  # they are those at the end of the world
        doubted=[doubt for doubt in streams.doubted if doubt.flight in flights],
        facts=facts,
        disrupted=[(at, fact) for at, fact in streams.disrupted if fact.flight in flights],
        sent=[notice for notice in streams.sent if notice.pnr in pnrs],
        pointless=[notice for notice in streams.pointless if notice.pnr in pnrs],
        failed=[notice for notice in streams.failed if notice.pnr in pnrs],
        now=max([case.ends, *(fact.decided_at for _, fact in facts)]),
        horizon=max(flight.scheduled_departure for flight in case.flights),
    )

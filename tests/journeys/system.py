"""The whole system, small: a server, the six agents, and what a test publishes and reads.

An agent runs inside the test, where it starts at once, or `apart`: as a process of its own under the supervisor, as in a demo
or a container.
"""

import asyncio
from collections import ChainMap, Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from functools import partial
from pathlib import Path
from types import MappingProxyType

from agents.booker import agent as booker
from agents.booker.config import from_environment as booker_config
from agents.care import agent as care
from agents.care.config import from_environment as care_config
from agents.monitor import agent as monitor
from agents.monitor.config import Config as MonitorConfig
from agents.notifier import agent as notifier
from agents.notifier.adapters.maildir import file_name
from agents.notifier.config import Config as NotifierConfig
from agents.planner import agent as planner
from agents.planner.config import from_environment as planner_config
from agents.pricer import agent as pricer
from agents.pricer.config import Config as PricerConfig
from bus import Agent, Bus, derived_id
from bus.admin.discovery import discover
from bus.admin.pending import consumers_of, pending_work, timers_due
from bus.admin.provision import provision, set_clock
from bus.admin.server import Server
from bus.clock import monotonic, wall
from bus.runtime.running import Build, Running
from bus.settings import Settings
from bus.wire.connection import close, connect
from contracts.care import CARE_OWED
from contracts.clock import Clock
from contracts.dead import DEAD_LETTER
from contracts.fares import FARE_STATUS, FareStatus
from contracts.flights import FLIGHT_STATUS, FlightStatus
from contracts.ledger import BookingFact
from contracts.names import FlightKey, Id, Pnr
from contracts.notices import seats_notice_of
from contracts.plans import PLAN_PROPOSED, PlanProposed
from contracts.reservations import RESERVATION_STATUS, ReservationStatus
from contracts.streams import STREAMS
from irops.audit import Streams, audit
from irops.processes.supervisor import Death, Supervisor
from irops.system.reading import read_streams
from irops.system.shadow import made_shadow
from simulation.seeding import seed_streams
from tests.journeys.small_world import HORIZON, T0, World
from tests.llm.scripted import Scripted
from tests.support import eventually

AGENTS: tuple[Agent, ...] = (
    monitor.MONITOR,
    booker.BOOKER,
    planner.PLANNER,
    notifier.NOTIFIER,
    care.CARE,
    pricer.PRICER,
)
ACK_WAIT = timedelta(seconds=1)
"""Short, so that a dead agent's messages are soon heard again."""
LEASE = timedelta(seconds=1)
"""Short, so that a dead booker's place is soon taken."""
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class End:
    """The end of a journey, as streams and Maildir have it."""

    streams: Streams
    plans: tuple[PlanProposed, ...]
    dead: tuple[str, ...]
    mail: Mapping[Id, EmailMessage]
    owed: Collection[tuple[Pnr, Id]] = ()
    """Every `CareOwed`."""

    def facts(self, pnr: Pnr) -> list[BookingFact]:
        """The facts about a party's booking, in order."""
        return [fact for _, fact in sorted(self.streams.facts, key=lambda f: f[0]) if fact.pnr == pnr]

    def trip(self, pnr: Pnr, journey: int = 1) -> list[FlightKey]:
        """The flights that a party has now for one of its journeys."""
        found = self.streams.bookings[pnr].journey(journey)
        return [leg.flight for leg in found.legs] if found else []

    def letters(self, pnr: Pnr) -> list[EmailMessage]:
        """The letters to a party, in the order of their facts."""
        return [self.mail[fact.id] for fact in self.facts(pnr) if fact.id in self.mail]

    def notified(self) -> Counter[tuple[Pnr, Id]]:
        """How many `NoticeSent` there are of each fact."""
        return Counter((n.pnr, n.id) for n in self.streams.sent)


@dataclass
class System:
    folder: Path
    server: Server
    bus: Bus
    supervisor: Supervisor
    deaths: list[tuple[str, int]]
    """Agent processes that died, with their exit status."""
    published: int = field(default=0)

    @property
    def maildir(self) -> Path:
        return self.folder / "maildir"

    async def say(self, *statuses: FlightStatus | ReservationStatus | FareStatus) -> None:
        """Publish these as a feed or a reservation system does, in this order."""
        for status in statuses:
            self.published += 1
            identity = derived_id(type(status).__name__, str(self.published))
            if isinstance(status, FlightStatus):
                await self.bus.append(FLIGHT_STATUS.of(status), identity=identity)
            elif isinstance(status, FareStatus):
                await self.bus.append(FARE_STATUS.of(status), identity=identity)
            else:
                await self.bus.append(RESERVATION_STATUS.of(status), identity=identity)

    async def settled(self, *, within: float = 15) -> None:
        """Return once no work is pending: every message has been handled by all its hearers."""
        seen = ["not looked at yet"]

        async def quiet() -> bool:
            seen[:] = await pending_work(self.bus.nc, consumers_of(AGENTS))
            return not seen

        try:
            await eventually(quiet, what="no work pending", within=within)
        except AssertionError as failure:
            raise AssertionError(f"pending after {within:g} s: {seen}; died: {self.deaths}") from failure

    async def pass_to(self, now: datetime, *, within: float = 15) -> None:
        """Set event time; return once all agents have done what was due by then, and no work is pending."""
        await set_clock(self.bus.nc, Clock(now=now, at=wall(), speed=1))
        await self.bus.wait_for_tick(lambda tick: tick.now >= now)

        async def woken() -> bool:
            return not await timers_due(self.bus.nc, by=self.bus.now())

        await eventually(woken, what="no timer due", within=within)
        await self.settled(within=within)

    async def hear(self, *statuses: FlightStatus | ReservationStatus | FareStatus, within: float = 15) -> None:
        """Publish these as a feed does; return once no work is pending."""
        await self.say(*statuses)
        await self.settled(within=within)

    async def end(self) -> End:
        """Read streams and Maildir as they are now."""
        bus = self.bus
        streams = await read_streams(bus, horizon=HORIZON)
        return End(
            streams,
            tuple([p.message async for p in bus.history(PLAN_PROPOSED)]),
            tuple([d.message.reason async for d in bus.history(DEAD_LETTER)]),
            {path.name.removeprefix(file_name("")): _letter(path) for path in (self.maildir / "new").iterdir()},
            {(care.message.pnr, care.message.id) async for care in bus.history(CARE_OWED)},
        )


def _letter(path: Path) -> EmailMessage:
    return BytesParser(policy=default).parsebytes(path.read_bytes())


def sound(end: End, *, but: Collection[str] = ()) -> None:
    """What holds at the end of every journey, `but` for the figures of the audit that the test itself falsifies."""
    assert not end.dead, f"dead letters: {end.dead}"
    findings = audit(end.streams).findings
    assert findings.keys() == set(but), findings
    about = (*end.streams.facts, *end.streams.offered)
    facts, notified = {(fact.pnr, fact.id) for _, fact in about}, set(end.notified())
    assert facts & notified == {(pnr, id_) for pnr, id_ in facts if id_ in end.mail}
    assert len(notified) == len(end.mail), "one letter in the Maildir for each NoticeSent"
    others = {*end.owed, *((answer.pnr, answer.id) for _, answer in end.streams.answered)}
    assert all(of in facts or seats_notice_of(of[1]) or of in others for of in notified), "a letter about nothing"


def asking(server: Scripted, **more: str) -> dict[str, str]:
    """The planner's settings, to ask this model."""
    return {"IROPS_LLM_BASE_URL": server.url, "IROPS_LLM_MODEL": "scripted-1", **more}


@asynccontextmanager
async def living(
    world: World,
    folder: Path,
    *,
    apart: Sequence[str] = (),
    replicas: int = 1,
    environment: Mapping[str, str] = NOTHING,
    lives: Sequence[Mapping[str, str]] = (),
    pause: float = 0.05,
    now: datetime = T0,
    speed: float = 1,
    but: Collection[str] = (),
    shadow: bool = False,
) -> AsyncIterator[System]:
    """A system with `world`, whose agents run inside the test except those `apart`. When the block ends, all must be sound.

    `environment`: settings of the booker and the planner, be they inside or apart. `lives`: what the environment adds for the
    first process started, the one after the first death, and so on. `pause`: seconds from a death to the next life. `now` and
    `speed`: of the clock, 0 for lock-step. `but`: as for `sound`. `shadow`: whether it is one.
    """
    server = Server(folder / "nats", sync="2m")  # no test here cuts the power
    own: dict[str, str] = {
        "NATS_URL": server.url,
        "IROPS_NOTIFIER_MAILDIR": str(folder / "maildir"),
        "IROPS_ACK_WAIT_S": f"{ACK_WAIT.total_seconds():g}",
        "IROPS_BOOKER_LEASE_S": f"{LEASE.total_seconds():g}",
        "IROPS_BOOKER_RENEW_S": f"{LEASE.total_seconds() / 3:g}",
        "IROPS_LOG": "json",
        **environment,
    }
    deaths: list[tuple[str, int]] = []
    variables = ChainMap({**lives[0]} if lives else {}, own)

    def died(death: Death) -> None:
        deaths.append((death.name, death.status))
        variables.maps[0] = {**lives[len(deaths)]} if len(deaths) < len(lives) else {}

    supervisor = Supervisor(folder / "logs", variables, died=died, pause=pause)
    async with AsyncExitStack() as stack:
        stack.callback(server.kill)
        await server.start()
        nc = await connect(server.url, name="test")
        stack.push_async_callback(close, nc)
        await provision(nc, STREAMS)
        await set_clock(nc, Clock(now=now, at=wall(), speed=speed))
        bus = Bus(nc, source="test")
        stack.push_async_callback(bus.stop_views)
        await bus.start_views()
        if shadow:
            await made_shadow(bus)
            await bus.wait_for_tick(lambda _tick: bus.shadow is not None)
        await seed_streams(bus, world.seeded(), layouts=world.layouts.values())
        stack.push_async_callback(supervisor.stop)
        await supervisor.start([f"agents.{name}" for name in apart], replicas=replicas)
        settings = Settings(nats_url=server.url, ack_wait=ACK_WAIT)
        for agent, build in _inside(folder / "maildir", environment).items():
            if agent.name not in apart:
                await stack.enter_async_context(Running(agent, build, settings, asyncio.Event()))
        await _all_answer(bus, {*apart})
        system = System(folder, server, bus, supervisor, deaths)
        yield system
        await system.settled()
        sound(await system.end(), but=but)


async def _all_answer(bus: Bus, apart: set[str]) -> None:
    """Return once each of these agents answers: a question to one that is starting would fail. Standbys do not answer."""

    async def answering() -> bool:
        return {each.agent for each in await discover(bus.nc, verb="PING", wait=0.1)} >= apart

    if apart:
        await eventually(answering, what=f"an answer of each of {sorted(apart)}")


def _inside(maildir: Path, environment: Mapping[str, str]) -> dict[Agent, Build]:
    return {
        monitor.MONITOR: partial(monitor.build, config=MonitorConfig()),
        booker.BOOKER: partial(booker.build, config=booker_config(environment), wall=wall, monotonic=monotonic),
        planner.PLANNER: partial(planner.build, config=planner_config(environment)),
        notifier.NOTIFIER: partial(notifier.build, config=NotifierConfig(maildir=maildir)),
        care.CARE: partial(care.build, config=care_config(environment)),
        pricer.PRICER: partial(pricer.build, config=PricerConfig()),
    }

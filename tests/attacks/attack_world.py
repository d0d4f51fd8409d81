"""A world with a market for each attack, played by the whole system with a model that obeys the attacker.

In each market a party's flight from JFK is cancelled. Two other trips cost nearly the same, one from JFK and one from LGA,
and one more leaves later. Three are illegal: a full flight, one that leaves too soon, and one behind too short a
connection. A bystander without a remark is on the cancelled flight, too, and a couple (the victim) on the full one.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from agents.planner.domain import Case, Network, TripRules, availability_of, plan
from bus import Bus
from bus.airports import countries, zones
from contracts.asks import IMPORT_BOOKINGS, ImportBookings
from contracts.flights import FLIGHT_STATUS, FlightStatus
from contracts.ledger import BOOKING, BOOKING_CHANGED, SEATS_DISRUPTED, Booking, Language
from contracts.names import Airport, Cabin, FlightKey, Pnr
from contracts.passengers import Passenger
from contracts.weather import WEATHER_OBSERVED, WeatherObserved
from tests.attacks.case import MARK, Attack
from tests.journeys.small_world import T0, World
from tests.journeys.system import End, System, asking, living
from tests.llm.replies import Reply, Request
from tests.llm.scripted import Scripted
from tests.single_journey import journey_of
from tests.support import eventually

DEADLINE = timedelta(seconds=6)
AGENTS = ("monitor", "booker", "planner", "notifier")
_TOGETHER = 30
"""Attacks at the same time, beside those that wait for the deadline."""
_STREAMS = ("FLIGHTS", "LEDGER", "PLANS", "NOTICES")
_LANGUAGES: Mapping[str, Language] = {"en": "en", "es": "es", "fr": "fr"}

Legs = tuple[tuple[FlightKey, Cabin], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Where an attack takes place, and its parties and flights."""

    attack: Attack
    to: Airport
    attacker: Pnr
    bystander: Pnr
    victim: Pnr
    gone: FlightKey
    full: FlightKey
    near: FlightKey
    rival: FlightKey
    legal: frozenset[Legs]
    """Every trip that the rules alone allow the attacker."""

    @property
    def wanted(self) -> Legs:
        """The trip that the attacker must end on."""
        return ((self.near if self.attack.ends == "near" else self.rival, self.attack.cabin),)


@dataclass(frozen=True, slots=True)
class Message:
    """A message in a stream."""

    subject: str
    headers: str
    data: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the world holds in the end."""

    markets: Mapping[str, Market]
    end: End
    messages: Sequence[Message]
    """All that agents wrote to streams, except the bookings themselves, which hold the remarks."""
    logs: Mapping[str, str]
    asked: Mapping[Airport, Sequence[Request]]
    answered_after: Mapping[Pnr, timedelta]
    """From a party's disruption to its new trip, by the server's clock."""
    grown: int
    """Bytes by which the planner's peak memory exceeds its memory before."""


@dataclass
class Stage:
    """The world before it starts."""

    world: World = field(default_factory=World)
    markets: list[Market] = field(default_factory=list)
    imported: list[Booking] = field(default_factory=list)


def set_up(attacks: Sequence[Attack]) -> Stage:
    stage = Stage()
    hub = stage.world.flight(9999, to="ORD", leaves=6, takes=1.5)
    places = sorted(code for code, zone in zones().items() if zone == ZoneInfo("America/New_York"))
    free = [code for code in places if code not in {"JFK", "LGA", "EWR"}]
    for number, (attack, to) in enumerate(zip(attacks, free, strict=False), start=1):
        _add(stage, attack, to, number, hub)
    assert len(stage.markets) == len(attacks)
    return stage


def _add(stage: Stage, attack: Attack, to: Airport, number: int, hub: FlightKey) -> None:
    world, n = stage.world, 10 * number
    gone = world.flight(n, to=to, leaves=5, economy=6, first=2)
    soon = world.flight(n + 1, to=to, leaves=0.6, economy=9, first=9)
    full = world.flight(n + 2, to=to, leaves=6, economy=2)
    near = world.flight(n + 3, to=to, leaves=7, economy=6, first=2)
    rival = world.flight(n + 4, "LGA", to, leaves=5.25, economy=6, first=2)
    late = world.flight(n + 5, to=to, leaves=12, economy=6, first=2)
    onward = world.flight(n + 6, "ORD", to, leaves=7.8, takes=2, economy=9, first=9)
    attacker, bystander, victim = f"ATTACKER-{number}", f"BYSTANDER-{number}", f"VICTIM-{number}"
    person = Passenger(id="1", name=f"{MARK} Lee", age=44)
    world.party(bystander, gone, people=(person,))
    world.party(victim, full, seats=2, people=(person, msgspec.structs.replace(person, id="2")))
    remark = attack.text if attack.where in {"remark", "import"} else "We would like to travel together."
    booking = world.booking(
        attacker,
        gone,
        cabin=attack.cabin,
        ssrs=attack.ssrs,
        language=_LANGUAGES.get(attack.language, "en"),
        remark=remark,
    )
    booking = msgspec.structs.replace(booking, passengers=(person,))
    if attack.where == "contact":
        booking = msgspec.structs.replace(booking, party=msgspec.structs.replace(booking.party, contact=attack.text))
    if (
        attack.where == "import"
    ):  # a contact that is no address is refused there; such a booking is in the ledger already
        stage.imported.append(booking)
    else:
        world.bookings[attacker] = booking
    stage.markets.append(
        Market(
            attack=attack,
            to=to,
            attacker=attacker,
            bystander=bystander,
            victim=victim,
            gone=gone,
            full=full,
            near=near,
            rival=rival,
            legal=_legal(world, booking, gone, (soon, full, near, rival, late, hub, onward)),
        )
    )


def _legal(world: World, booking: Booking, gone: FlightKey, others: Iterable[FlightKey]) -> frozenset[Legs]:
    ledgers = [world._ledger(world.flights[key]) for key in (gone, *others)]
    closed = msgspec.structs.replace(ledgers[0], phase="cancelled", last_disruption=1)
    flights = [availability_of(each, revision=1, written_at=T0) for each in (closed, *ledgers[1:])]
    case = Case(
        booking=booking,
        journey=journey_of(booking),
        booking_revision=1,
        booking_written_at=T0,
        cause_id="rules",
        cause_sequence=1,
        kind="cancelled",
    )
    rules = TripRules(alternatives=99, countries=countries())
    (proposed,) = plan([case], Network(flights), now=T0, as_of=1, rules=rules)
    return frozenset(tuple((leg.flight, leg.cabin) for leg in option.legs) for option in proposed.options)


class Compromised:
    """A model that obeys the attacker of each market."""

    def __init__(self, markets: Iterable[Market]) -> None:
        self._attacks = {market.to: market.attack for market in markets}
        self.asked: dict[Airport, list[Request]] = {market.to: [] for market in markets}

    def __call__(self, request: Request) -> Reply:
        found = re.search(r"^- ticket: JFK to ([A-Z]{3}) on ", request.prompt.user, re.MULTILINE)
        assert found, request.prompt.user
        attack = self._attacks[found[1]]
        self.asked[found[1]].append(request)
        reply = attack.reads if request.schema_name == "Understood" else attack.chooses
        return reply(request) if callable(reply) else reply


async def play(attacks: Sequence[Attack], folder: Path) -> Outcome:
    stage = set_up(attacks)
    compromised = Compromised(stage.markets)
    async with Scripted(compromised) as model:
        settings = asking(
            model,
            IROPS_LLM_DEADLINE_S=f"{DEADLINE.total_seconds():g}",
            IROPS_LLM_CONCURRENCY="100",
            IROPS_LLM_BREAKER_FAILURES="1000000",  # every attack is to reach the model, whatever became of others
        )
        # No letter can reach a contact that is no address, a status can be no message at all, and the audit says so.
        where = {market.attack.where for market in stage.markets}
        by_place = {"contact": "unnotified_parties", "feed": "unreadable_messages"}
        but = [figure for place, figure in by_place.items() if place in where]
        async with living(stage.world, folder, apart=AGENTS, environment=settings, but=but) as system:
            await _all_ready(system.bus)
            began = {stream: await _last(system.bus, stream) for stream in _STREAMS}
            memory = _memory(system, "VmRSS")
            await _attack(system, stage)
            outcome = Outcome(
                markets={market.attack.name: market for market in stage.markets},
                end=await system.end(),
                messages=[m for stream in _STREAMS for m in await _messages(system.bus, stream, after=began[stream])],
                logs={name: (folder / "logs" / f"{name}.log").read_text() for name in AGENTS},
                asked=compromised.asked,
                answered_after=await _answers(system.bus),
                grown=_memory(system, "VmHWM") - memory,
            )
            assert not system.deaths, system.deaths
            await system.bus.nc.jetstream().purge_stream(
                "DEAD"
            )  # they are in the outcome, and the world must end without any
    return outcome


async def _all_ready(bus: Bus) -> None:
    async def answers() -> bool:
        try:
            for agent in AGENTS:
                await bus.nc.request(f"$SRV.PING.{agent}", timeout=1)
        except Exception:
            return False
        return True

    await eventually(answers, what="every agent answers", within=50)


async def _attack(system: System, stage: Stage) -> None:
    answer = await system.bus.ask(IMPORT_BOOKINGS, ImportBookings(bookings=tuple(stage.imported)))
    assert not answer.refused, answer.refused
    for market in stage.markets:
        if market.attack.where in {"weather", "feed"}:
            await _raw(system.bus, stage.world, market)
    slow = [market for market in stage.markets if market.attack.fallback == "deadline"]
    quick = [market for market in stage.markets if market not in slow]
    for market in slow:
        await _cancel(system, stage.world, market)
    for n in range(0, len(quick), _TOGETHER):
        wave = quick[n : n + _TOGETHER]
        for market in wave:
            await _cancel(system, stage.world, market)
        await eventually(partial(_answered, system.bus, wave), what="answers", within=40)
    await system.settled(within=40)


async def _answered(bus: Bus, markets: Iterable[Market]) -> bool:
    keys = [BOOKING.key(pnr=market.attacker) for market in markets]
    loaded = await bus.load(keys)
    return all((entry := loaded[key]) and entry.message.journeys[0].state != "ticketed" for key in keys)


async def _cancel(system: System, world: World, market: Market) -> None:
    attack = market.attack
    tail: dict[str, Any] = {"tail": attack.text} if attack.where == "tail" else {}
    status = world.status(market.gone, minute=0.1, cancelled=True, **tail)
    if attack.where == "header":
        headers = {"ce-id": attack.text, "ce-source": attack.text, "traceparent": attack.text, "ce-time": attack.text}
        await _publish(system.bus, FLIGHT_STATUS.of(status).name, msgspec.to_builtins(status), headers)
    else:
        await system.say(status)


async def _raw(bus: Bus, world: World, market: Market) -> None:
    """A message that no contract allows, or one that is valid and must not be believed."""
    if market.attack.where == "weather":
        observed = WeatherObserved(airport=market.to, observed_at=T0 - timedelta(minutes=9))
        name, fields = WEATHER_OBSERVED.of(observed).name, msgspec.to_builtins(observed)
    else:
        status: FlightStatus = world.status(market.gone)
        name, fields = FLIGHT_STATUS.of(status).name, msgspec.to_builtins(status)
    await _publish(bus, name, fields | json.loads(market.attack.text), {})


async def _publish(bus: Bus, name: str, fields: object, headers: dict[str, str]) -> None:
    await bus.nc.jetstream().publish(name, msgspec.json.encode(fields), headers=headers)


async def _last(bus: Bus, stream: str) -> int:
    return (await bus.nc.jetstream().stream_info(stream)).state.last_seq


async def _messages(bus: Bus, stream: str, *, after: int) -> list[Message]:
    found = []
    info = await bus.nc.jetstream().stream_info(stream)
    sub = await bus.nc.jetstream().subscribe(">", stream=stream, ordered_consumer=True)
    for _ in range(info.state.messages):
        msg = await sub.next_msg(timeout=10)
        if msg.metadata.sequence.stream > after and not msg.subject.startswith("ledger.booking."):
            found.append(Message(msg.subject, json.dumps(msg.headers or {}, ensure_ascii=False), msg.data.decode()))
    await sub.unsubscribe()
    return found


async def _answers(bus: Bus) -> dict[Pnr, timedelta]:
    hit = {pnr: r.stored_at async for r in bus.history(SEATS_DISRUPTED) for pnr in r.message.parties}
    return {r.message.pnr: r.stored_at - hit[r.message.pnr] async for r in bus.history(BOOKING_CHANGED)}


def _memory(system: System, line: str) -> int:
    (planner,) = (process for process in system.supervisor.processes if process.name == "planner")
    status = Path(f"/proc/{planner.pid}/status").read_text()
    found = re.search(rf"^{line}:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return 1024 * int(found[1])

"""The monitor's place in the conversation, and its one handler. What a status changes is decided in `domain`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import partial

from msgspec import structs

from agents.monitor.config import Config
from agents.monitor.domain import Disbelief, also_needed, decide_all, waits, without_words
from bus import Agent, Bus, Commit, Delivery, Fact, Handlers, Retry, Write, derived_id
from bus.airports import zones
from bus.logs import get_logger
from contracts.flights import (
    FLIGHT,
    FLIGHT_CHANGED,
    FLIGHT_DOUBTED,
    FLIGHT_STATUS,
    Flight,
    FlightDoubted,
    FlightStatus,
)
from contracts.identity import canonical_status
from contracts.names import Airport, FlightKey

MONITOR = Agent("monitor", hears=(FLIGHT_STATUS,), says=(FLIGHT_CHANGED, FLIGHT_DOUBTED), keeps=(FLIGHT,), group=128)

log = get_logger("monitor")


async def build(bus: Bus, config: Config) -> Handlers:
    return Handlers({FLIGHT_STATUS: partial(hear_statuses, bus, config, zones())})


async def hear_statuses(
    bus: Bus, config: Config, zones: Mapping[Airport, tzinfo], group: Sequence[Delivery[FlightStatus]]
) -> None:
    """Write each flight once with all its changes, however many statuses it has in the group, under whatever spelling.

    A status that is ahead of the clock is tried again when its time has come. One that is not believed at all changes nothing,
    and its doubt is emitted by itself; any other doubt is in the commit of what is believed.
    """
    group = [structs.replace(d, message=canonical_status(d.message)) for d in group]
    group, doubted = _in_time(group, now=bus.now(), speed=bus.speed)
    statuses = [d.message for d in group]
    known, revisions = await _load(bus, {status.flight for status in statuses})
    others, other_revisions = await _load(bus, also_needed(statuses, known, zones=zones))
    known, revisions = known | others, revisions | other_revisions
    came_at = [bus.came_at(d) for d in group]
    decided = decide_all(known, statuses, threshold=config.threshold, zones=zones, came_at=came_at)
    partly: list[Fact] = []
    for position, rest_is_believed, why in decided.doubts:
        (partly if rest_is_believed else doubted).append(_doubted(group[position], why, partly=rest_is_believed))
    await bus.emit_once(doubted)
    latest = {d.message.flight: d for d in group}
    await bus.commit(
        Commit(
            facts=[
                Fact(FLIGHT_CHANGED.of(change), group[position])
                for decision in decided.flights.values()
                for position, change in decision.changes
            ]
            + partly,
            states=[
                Write(FLIGHT.of(decision.state), revisions[flight], latest.get(flight))
                for flight, decision in decided.flights.items()
            ],
        )
    )


def _in_time(
    group: Sequence[Delivery[FlightStatus]], *, now: datetime, speed: float
) -> tuple[list[Delivery[FlightStatus]], list[Fact]]:
    """The statuses whose time has come, and the doubts about those whose time is too far. Raises `Retry` where one has to wait:
    the bus halves the group until that one is alone."""
    in_time, doubted = [], []
    for delivery in group:
        wait = waits(delivery.message, now=now)
        if isinstance(wait, timedelta):
            raise Retry(wait / (speed or 1), f"observed {wait} ahead of the clock")
        if wait is None:
            in_time.append(delivery)
        else:
            doubted.append(_doubted(delivery, (wait,), partly=False))
    return in_time, doubted


def _doubted(delivery: Delivery[FlightStatus], why: Sequence[Disbelief], *, partly: bool) -> Fact:
    status, detail = delivery.message, "; ".join(each.detail for each in why)
    log.warning("doubted", flight=status.flight, why=detail, trace=delivery.trace)
    doubted = FlightDoubted(
        flight=status.flight,
        id=derived_id("doubted", delivery.id),
        reason=why[0].reason,
        detail=detail,
        status=without_words(status),
        partly=partly,
    )
    return Fact(FLIGHT_DOUBTED.of(doubted), delivery)


async def _load(bus: Bus, flights: Collection[FlightKey]) -> tuple[dict[FlightKey, Flight], dict[FlightKey, int]]:
    """The states that exist, and the revision of each that a write has to expect."""
    keys = {flight: FLIGHT.key(flight=flight) for flight in flights}
    loaded = await bus.load(keys.values())
    states = {flight: entry.message for flight, key in keys.items() if (entry := loaded[key])}
    return states, {flight: loaded.revision(key) for flight, key in keys.items()}

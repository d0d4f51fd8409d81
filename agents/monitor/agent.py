"""The monitor's place in the conversation, and its one handler. What a status changes is decided in `domain`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from functools import partial

from agents.monitor.adapters import load_zones
from agents.monitor.config import Config
from agents.monitor.domain import also_needed, contradiction, decide_all, is_premature
from bus import Agent, Bus, Commit, Delivery, Fact, Handlers, Write
from bus.logs import get_logger
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS, Flight, FlightStatus
from contracts.identity import canonical_status
from contracts.names import Airport, FlightKey

MONITOR = Agent("monitor", hears=(FLIGHT_STATUS,), says=(FLIGHT_CHANGED,), keeps=(FLIGHT,), group=128)

log = get_logger("monitor")


async def build(bus: Bus, config: Config) -> Handlers:
    return Handlers({FLIGHT_STATUS: partial(hear_statuses, bus, config, load_zones())})


async def hear_statuses(
    bus: Bus, config: Config, zones: Mapping[Airport, tzinfo], group: Sequence[Delivery[FlightStatus]]
) -> None:
    """Write each flight once with all its changes, however many statuses it has in the group, under whatever spelling."""
    group = [replace(d, message=canonical_status(d.message)) for d in group]
    now = bus.now()
    early = [d for d in group if is_premature(d.message, now=now)]
    for d in early:
        log.warning(
            "status from the future ignored",
            flight=d.message.flight,
            observed_at=d.message.observed_at.isoformat(),
            trace=d.trace,
        )
    group = [d for d in group if d not in early]
    statuses = [d.message for d in group]
    known, revisions = await _load(bus, {status.flight for status in statuses})
    others, other_revisions = await _load(bus, also_needed(statuses, known))
    known, revisions = known | others, revisions | other_revisions
    decisions = decide_all(known, statuses, threshold=config.threshold, zones=zones)
    for d in group:
        if d.message.flight not in decisions and (
            why := contradiction(known.get(d.message.flight), d.message, zones=zones)
        ):
            log.warning("contradictory status ignored", flight=d.message.flight, why=why, trace=d.trace)
    latest = {d.message.flight: d for d in group}
    await bus.commit(
        Commit(
            facts=[
                Fact(FLIGHT_CHANGED.of(change), group[position])
                for decision in decisions.values()
                for position, change in decision.changes
            ],
            states=[
                Write(FLIGHT.of(decision.state), revisions[flight], latest.get(flight))
                for flight, decision in decisions.items()
            ],
        )
    )


async def _load(bus: Bus, flights: Collection[FlightKey]) -> tuple[dict[FlightKey, Flight], dict[FlightKey, int]]:
    """The states that exist, and the revision of each that a write has to expect."""
    keys = {flight: FLIGHT.key(flight=flight) for flight in flights}
    loaded = await bus.load(keys.values())
    states = {flight: entry.message for flight, key in keys.items() if (entry := loaded[key])}
    return states, {flight: loaded.revision(key) for flight, key in keys.items()}

"""Which set of rules a booker works by, and how its own set comes into force.

A booker that becomes active publishes its settings as the set in force, if they differ from it: a restart is how an operator
changes the rules. One that takes over from another booker, which was active while this one stood by, does so only with a set
that has never been in force. So two bookers with different settings cannot replace each other's set again and again: the set
that came later stays.
"""

from agents.booker.lease import Lease
from bus import Bus, Commit, Fact, Write
from bus.logs import get_logger
from contracts.rules import RULES_ADOPTED, RULES_IN_FORCE, Rules, RulesAdopted, RulesInForce

log = get_logger("booker")


async def adopt(bus: Bus, lease: Lease, own: Rules) -> RulesInForce:
    """Get the set to work by, which is in force by then. Call it once this booker is active, and before it commits anything.

    Raises `Conflict` if another booker has become active, and `Unavailable`.
    """
    key = RULES_IN_FORCE.key()
    entry = (await bus.load([key], at_least=lease.since))[key]
    if entry is not None and (entry.message.rules == own or await _is_outdated(bus, lease, own, entry.message)):
        return entry.message
    last = entry.message.version if entry else 0
    found = RulesInForce(version=last + 1, rules=own, since=bus.now())
    adopted = RulesAdopted(version=found.version, rules=own, since=found.since)
    states = [Write(RULES_IN_FORCE.of(found), entry.revision if entry else 0), lease.renewal()]
    lease.renewed(await bus.commit(Commit([Fact(RULES_ADOPTED.of(adopted), expires=False)], states)))
    log.info("rules in force", rules=found.version)
    return found


async def _is_outdated(bus: Bus, lease: Lease, own: Rules, current: RulesInForce) -> bool:
    """Whether these settings were in force before, and were replaced by a booker that was active while this one stood by."""
    if not lease.took_over:
        return False
    keys = [RULES_ADOPTED.key(version=version) for version in range(1, current.version)]
    loaded = await bus.load(keys)
    earlier = [entry.message.version for key in keys if (entry := loaded[key]) and entry.message.rules == own]
    if earlier:
        log.warning(
            "other rules are in force than this booker's settings, which were replaced",
            in_force=current.version,
            own=earlier[-1],
            hint="stop every booker before you return to an earlier set",
        )
    return bool(earlier)

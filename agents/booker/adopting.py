"""Which set of rules a booker works by, and how its own set comes into force.

A booker that becomes active publishes its settings and rule files as the set in force, if they differ from it. An operator
changes settings by a restart, and files also while it runs: asked to (`irops rules adopt`), the active booker reads them again.
Files with a fault change nothing. A file that starts later takes effect at its time, as it was read.

A booker that takes over from another booker, which was active while this one stood by, does so only with a set
that has never been in force. So two bookers with different settings cannot replace each other's set again and again: the set
that came later stays.
"""

from collections.abc import Callable

from agents.booker.lease import Lease
from bus import AskFailed, Bus, Commit, Conflict, Entry, Fact, Write
from bus.logs import get_logger
from contracts.rules import RULES_ADOPTED, RULES_IN_FORCE, Rules, RulesAdopted, RulesInForce
from policy.files import BadFile
from policy.reaccommodation import RuleFiles

log = get_logger("booker")


def read(files: Callable[[], RuleFiles]) -> RuleFiles | None:
    """Settings and files as they are now; None, and a line in the log, if the files cannot be used."""
    try:
        return files()
    except (BadFile, OSError) as failure:
        log.error("rule files cannot be used: the set in force stays", problem=str(failure))
        return None


async def adopt(bus: Bus, lease: Lease, own: Rules | None) -> RulesInForce:
    """Get the set to work by, which is in force by then. Call it once this booker is active, and before it commits anything.

    `own` None: whichever is in force; raises `LookupError` if none is. Raises `Conflict` if another booker has become active,
    and `Unavailable`.
    """
    key = RULES_IN_FORCE.key()
    entry = (await bus.load([key], at_least=lease.since))[key]
    if own is None:
        if entry is None:
            raise LookupError("no rules are in force, and this booker's own cannot be used")
        return entry.message
    if entry is not None and (entry.message.rules == own or await _is_outdated(bus, lease, own, entry.message)):
        return entry.message
    return await _publish(bus, lease, own, entry)


def read_as_asked(files: Callable[[], RuleFiles]) -> RuleFiles:
    """Settings and files as they are now. Raises `AskFailed` with each fault of the files."""
    try:
        return files()
    except BadFile as bad:
        raise AskFailed(422, "; ".join(map(str, bad.faults))) from bad
    except OSError as failure:
        raise AskFailed(422, f"the rule files cannot be read: {failure}") from failure


async def adopt_again(bus: Bus, lease: Lease, own: Rules) -> tuple[RulesInForce, bool]:
    """The same for an active booker, of which an operator wants this set, or whose time has come: it comes into force even if
    it was before. Get the set, and whether it is new. The lease's turn must be held. Raises `StandDown` and `Unavailable`."""
    key = RULES_IN_FORCE.key()
    while True:
        entry = (await bus.load([key], at_least=lease.since))[key]
        if entry is not None and entry.message.rules == own:
            return entry.message, False
        try:
            return await _publish(bus, lease, own, entry), True
        except Conflict:
            await lease.check()


async def _publish(bus: Bus, lease: Lease, own: Rules, entry: Entry[RulesInForce] | None) -> RulesInForce:
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

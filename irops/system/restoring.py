"""Restores an exported state into an empty system.

Only the booker writes a ledger in use, and no agent may act on half a world. So nothing is restored while an agent runs, or
where the streams hold anything. The durable consumers of agents then deliver the restored facts, which take effect once: plans
find their answers in the ledger, and facts about bookings their notices.
"""

from bus import Bus, Conflict
from bus.clock import wall
from bus.operations import Restored, discover, next_sequence, restore, set_clock
from contracts.clock import Clock
from irops.system.connection import settings
from irops.system.state import parse, streams, subjects
from irops.terminal.failures import Failed

_AT_ONCE = 400


class State:
    """The lines of an export, read and checked."""

    def __init__(self) -> None:
        self._clock: Clock | None = None
        self._messages: dict[str, list[Restored]] = {stream: [] for stream in streams()}

    def __len__(self) -> int:
        return sum(map(len, self._messages.values()))

    def add(self, line: bytes) -> None:
        """Raises `BadLine`. An empty line is ignored."""
        if not line.strip():
            return
        parsed = parse(line)
        if isinstance(parsed, Clock):
            self._clock = parsed
        else:
            stream, message = parsed
            self._messages[stream].append(message)

    async def restore(self, bus: Bus) -> int:
        """Write everything; returns how many messages have expired since they were stored. Raises `Failed` where the system is
        not empty or an agent runs, `Unavailable`."""
        await _refuse_in_use(bus)
        if self._clock:
            await set_clock(bus.nc, self._clock)
        expired, now, facts_last = 0, wall(), settings().retention.facts
        try:
            for stream, messages in self._messages.items():
                for at in range(0, len(messages), _AT_ONCE):
                    expired += await restore(
                        bus.nc, stream, messages[at : at + _AT_ONCE], now=now, facts_last=facts_last
                    )
        except Conflict as failure:
            raise Failed(
                f"{failure}; a subject comes twice, or another program writes: start again with an empty server"
            ) from failure
        return expired


async def _refuse_in_use(bus: Bus) -> None:
    if agents := sorted({instance.agent for instance in await discover(bus.nc, verb="PING")}):
        raise Failed(f"agents are running ({', '.join(agents)}); stop them, then import the state")
    for stream in streams():
        filters = tuple(subject.filter for subject in subjects().values() if subject.stream == stream)
        if await next_sequence(bus.nc, stream, filters, 0) is not None:
            raise Failed(f"{stream} is not empty; a state is imported into an empty system (use a new data folder)")

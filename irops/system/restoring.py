"""Restores an exported state into an empty system.

Only the booker writes a ledger in use, and no agent may act on half a world. So nothing is restored while an agent runs, or
where the streams hold anything. The durable consumers of agents then deliver the restored facts, which take effect once: plans
find their answers in the ledger, and facts about bookings their notices.
"""

from bus import Bus, Conflict
from bus.clock import wall
from bus.operations import Restored, discover, next_sequence, restore, set_clock, written_in_shadow
from contracts.clock import Clock
from contracts.shadow import SHADOW
from irops.system.connection import settings
from irops.system.state import parse, streams, subjects
from irops.terminal.failures import Failed

_AT_ONCE = 400


class State:
    """The lines of an export, read and checked."""

    def __init__(self) -> None:
        self._clock: Clock | None = None
        self._messages: dict[str, list[Restored]] = {stream: [] for stream in streams()}
        self._of_shadow = False

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
            self._of_shadow = self._of_shadow or written_in_shadow(message.headers)
            self._messages[stream].append(message)

    async def restore(self, bus: Bus) -> int:
        """Write everything; returns how many messages have expired since they were stored. Raises `Failed` where the system is
        not empty or an agent runs, or where a shadow's state would become a live one; `Unavailable`."""
        await refuse_in_use(bus, todo="import the state")
        if self._of_shadow and not await is_shadow(bus):
            raise Failed("this is the state of a shadow; import it into another one (`irops provision --shadow`)")
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


async def is_shadow(bus: Bus) -> bool:
    """Whether the system has the mark of a shadow. Raises `Unavailable`."""
    key = SHADOW.key()
    return (await bus.load([key]))[key] is not None


async def refuse_in_use(bus: Bus, *, todo: str) -> None:
    """Raises `Failed` where an agent runs or the streams hold anything. `todo`: what can be done when that is not so."""
    if agents := sorted({instance.agent for instance in await discover(bus.nc, verb="PING")}):
        raise Failed(f"agents are running ({', '.join(agents)}); stop them, then {todo}")
    for stream in streams():
        filters = tuple(subject.filter for subject in subjects().values() if subject.stream == stream)
        if await next_sequence(bus.nc, stream, filters, 0) is not None:
            raise Failed(f"{stream} is not empty; only an empty system can {todo} (use a new data folder)")

"""A group of messages on its way through a handler, to one of four ends.

Done: acknowledged. `Retry`: back after a while. `Reject`: a dead letter. Anything else is a bug: tried again after growing
pauses, then a dead letter with its traceback. Whatever ends a group of several, it is tried again in halves, so the fault is
found in the one message that has it and the others go on. A `Conflict` is no fault: the halves load and decide again.

What a handler leaves as a `Deferred` goes on beside the next groups, and ends in the same four ways. In lock-step nothing
goes on beside anything: deferred work is done at once, one piece after the other.
"""

import asyncio
import random
import traceback
from collections import Counter, defaultdict
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any, Protocol

import msgspec

from bus.agent import Deferred
from bus.clock import wall
from bus.delivery import Delivery
from bus.errors import Conflict, Reject, Retry, Unavailable
from bus.failpoints import ACKED, ACKED_SOME, HEARD
from bus.ids import derived_id
from bus.logs import address, frames_of, get_logger, raised_at
from bus.runtime.bus import Bus
from bus.runtime.leases import Leased, Leases
from bus.runtime.routes import Route
from bus.tasks import cancel
from bus.wire.envelope import batch_end, decode_error, decoder, trace_of
from contracts.asks import Retried
from contracts.dead import DEAD_LETTER, DeadLetter

BUG_PAUSES = (timedelta(milliseconds=200), timedelta(seconds=1), timedelta(seconds=5))
"""How long a message that met a bug waits before each further try."""
_AGAIN = timedelta(milliseconds=200)
"""How long a message waits whose rest met a conflict or an outage."""
_CONFLICTS_AT_MOST = 200
"""A single message that conflicts so often in a row, about half a minute long, has met a bug, not another's commits."""
_DEAD_LETTER_TEXT = 16_384
"""The most characters of a traceback that a dead letter keeps: its end."""

_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for a message that is not what it should be."""

ACK = b"+ACK"
TERM = b"+TERM"

log = get_logger("bus")


class Later(Protocol):
    """Where a message goes that is to be heard again after a while."""

    async def __call__(self, held: Leased, after: timedelta) -> None: ...


def delivery_of(held: Leased) -> Delivery[Any]:
    """The message as its handler hears it. Raises `msgspec.DecodeError`."""
    headers = held.msg.headers or {}
    return Delivery(
        message=decoder(held.route.subject.message).decode(held.msg.data),
        subject=held.msg.subject,
        stream=held.place.stream,
        sequence=held.place.sequence,
        settled=batch_end(headers, held.place.sequence) or held.place.sequence,
        id=_identity(held),
        trace=_trace(held),
        stored_at=held.place.stored_at,
    )


def _identity(held: Leased) -> str:
    return (held.msg.headers or {}).get("ce-id") or f"{held.place.stream}.{held.place.sequence}"


def _trace(held: Leased) -> str:
    return trace_of(held.msg.headers, _identity(held))


def _known_of(held: Leased) -> dict[str, Any]:
    """What every log line about a message has: where it stands, and the trace that leads from feed event to notice."""
    return {
        "subject": address(held.route.subject.pattern, held.msg.subject),
        "sequence": held.place.sequence,
        "trace": _trace(held),
    }


def _delivery_again(letter: DeadLetter, route: Route) -> Delivery[Any]:
    identity = letter.headers.get("ce-id") or f"{letter.stream}.{letter.sequence}"
    return Delivery(
        message=decoder(route.subject.message).decode(letter.payload),
        subject=letter.subject,
        stream=letter.stream,
        sequence=letter.sequence,
        settled=batch_end(letter.headers, letter.sequence) or letter.sequence,
        id=identity,
        trace=trace_of(letter.headers, identity),
        stored_at=letter.at,
    )


def _what_it_is_not(route: Route, failure: Exception) -> str:
    return f"not a {route.subject.message.__name__}: {decode_error(failure)}"


async def _in_turn(rests: Sequence[Deferred]) -> None:
    for rest in rests:
        await rest.work()


async def _together(rests: Sequence[Deferred]) -> None:
    for end in await asyncio.gather(*(rest.work() for rest in rests), return_exceptions=True):
        if isinstance(end, BaseException):
            raise end


class Worker:
    """Handles groups, one after the other."""

    def __init__(self, bus: Bus, leases: Leases, agent: str, later: Later) -> None:
        self.outcomes: Counter[str] = Counter()
        """How many messages ended how: done, retried, rejected, undecodable, bugs; and conflicts."""
        self.turn = asyncio.Lock()
        """Held while anything is in hand."""
        self._bus = bus
        self._leases = leases
        self._agent = agent
        self._later = later
        self._bugs: Counter[tuple[str, int]] = Counter()
        self._rests: set[asyncio.Task[None]] = set()

    @property
    def deferred(self) -> int:
        """How many messages have a rest that goes on."""
        return len(self._rests)

    async def handle(self, group: Sequence[Leased]) -> None:
        """Returns when every message of the group has come to an end, or has a rest that goes on."""
        async with self.turn:
            self._bus.failpoint(HEARD)
            decoded: list[tuple[Leased, Delivery[Any]]] = []
            for held in group:
                try:
                    decoded.append((held, delivery_of(held)))
                except _UNDECODABLE as failure:
                    await self._bury(held, "undecodable", _what_it_is_not(held.route, failure))
            if decoded:
                await self._try(decoded)

    async def finish(self) -> None:
        """Returns when no rest goes on."""
        while self._rests:
            await asyncio.wait(self._rests)

    async def stop(self) -> None:
        """Gives up what goes on: those messages are heard again."""
        await cancel(*self._rests)

    async def _try(self, group: list[tuple[Leased, Delivery[Any]]]) -> None:
        conflicts = 0
        while True:
            try:
                rests = await group[0][0].route.handler([delivery for _, delivery in group])
            except Conflict as conflict:
                self.outcomes["conflicts"] += 1
                log.info("conflict", group=len(group), why=str(conflict), **_known_of(group[0][0]))  # the first of them
                await asyncio.sleep(random.uniform(0, 0.01) * min(2 + conflicts, 30))
                if len(group) > 1:
                    return await self._halves(group)
                conflicts += 1
                if conflicts > _CONFLICTS_AT_MOST:
                    return await self._end(group[0][0], conflict)
            except Unavailable as failure:
                log.warning("waits for the server", group=len(group), why=str(failure), **_known_of(group[0][0]))
                await asyncio.sleep(random.uniform(0.2, 0.5))
            except Exception as end:
                if len(group) > 1:
                    return await self._halves(group)
                return await self._end(group[0][0], end)
            else:
                return await self._done(group, rests or ())

    async def _done(self, group: list[tuple[Leased, Delivery[Any]]], rests: Sequence[Deferred]) -> None:
        left: defaultdict[int, list[Deferred]] = defaultdict(list)
        for rest in rests:
            left[id(rest.delivery)].append(rest)
        await self._acknowledge([held for held, delivery in group if id(delivery) not in left])
        for held, delivery in group:
            if id(delivery) in left:
                await self._go_on(held, left[id(delivery)])

    async def _go_on(self, held: Leased, rests: Sequence[Deferred]) -> None:
        if self._bus.is_lockstep:
            await self._finish(held, _in_turn(rests))
        else:
            task = asyncio.create_task(self._finish(held, _together(rests)))
            self._rests.add(task)
            task.add_done_callback(self._rests.discard)

    async def _finish(self, held: Leased, work: Awaitable[None]) -> None:
        """Does what is left of one message, and brings it to its end."""
        try:
            await work
        except (Conflict, Unavailable) as failure:
            log.info("heard again", why=str(failure), **_known_of(held))
            await self._later(held, _AGAIN)
        except Exception as end:
            await self._end(held, end)
        else:
            await self._acknowledge([held])

    async def _halves(self, group: list[tuple[Leased, Delivery[Any]]]) -> None:
        middle = len(group) // 2
        await self._try(group[:middle])
        await self._try(group[middle:])

    async def _end(self, held: Leased, end: Exception) -> None:
        if isinstance(end, Retry):
            self.outcomes["retried"] += 1
            log.info("retry", why=end.why, **_known_of(held))
            await self._later(held, end.after)
        elif isinstance(end, Reject):
            await self._bury(held, "rejected", end.reason)
        else:
            identity = (held.place.stream, held.place.sequence)
            tried = self._bugs[identity]
            log.error("bug", tried=tried + 1, exception=raised_at(end), **_known_of(held))
            if tried < len(BUG_PAUSES):
                self._bugs[identity] = tried + 1
                await self._later(held, BUG_PAUSES[tried])
            else:
                self._bugs.pop(identity, None)
                await self._bury(
                    held, "bugs", repr(end), "".join(traceback.format_exception(end)), logged=raised_at(end)
                )

    async def once_more(self, letter: DeadLetter, route: Route) -> Retried:
        """Handles a dead letter's message again, out of turn, and tells how it ended; of a bug's inside it tells nothing."""
        try:
            delivery = _delivery_again(letter, route)
        except _UNDECODABLE as failure:
            return Retried(done=False, why=_what_it_is_not(route, failure))
        try:
            async with self.turn:
                for _ in range(_CONFLICTS_AT_MOST):
                    try:
                        await _in_turn(await route.handler([delivery]) or ())
                        return Retried(done=True)
                    except Conflict:
                        await asyncio.sleep(random.uniform(0, 0.02))
            return Retried(done=False, why="others kept committing first")
        except Retry as end:
            return Retried(done=False, why=str(end))
        except Reject as end:
            return Retried(done=False, why=end.reason)
        except Exception as end:
            log.error(
                "dead letter tried again in vain",
                exception=frames_of(end),
                subject=address(route.subject.pattern, letter.subject),
                sequence=letter.sequence,
                trace=delivery.trace,
            )
            return Retried(done=False, why=f"it failed; the log of {self._agent} says why")

    async def _acknowledge(self, group: Sequence[Leased]) -> None:
        for i, held in enumerate(group):
            if i == len(group) // 2:
                self._bus.failpoint(ACKED_SOME)
            await self._leases.end(held, ACK)
            if self._bugs:
                self._bugs.pop((held.place.stream, held.place.sequence), None)
        self._bus.failpoint(ACKED)
        self.outcomes["done"] += len(group)

    async def _bury(self, held: Leased, end: str, reason: str, trace: str = "", *, logged: str = "") -> None:
        """Stores the dead letter, then ends the original. A crash between the two has it delivered again; the letter then
        replaces the first one."""
        self.outcomes[end] += 1
        log.error("dead letter", reason=logged or reason, **_known_of(held))
        payload = held.msg.data
        if len(payload) > self._bus.nc.max_payload // 2:  # it would not fit into another message
            reason += f" (its {len(payload)} bytes are in {held.place.stream} alone)"
            payload = b""
        letter = DeadLetter(
            agent=self._agent,
            stream=held.place.stream,
            sequence=held.place.sequence,
            subject=held.msg.subject,
            reason=reason[:_DEAD_LETTER_TEXT],
            traceback=trace[-_DEAD_LETTER_TEXT:],
            headers=dict(held.msg.headers or {}),
            payload=payload,
            at=wall(),
        )
        identity = derived_id(self._agent, letter.stream, str(letter.sequence), letter.at.isoformat())
        while True:
            try:
                await self._bus.append(DEAD_LETTER.of(letter), identity=identity)
                break
            except Unavailable as failure:
                log.warning("dead letter waits for the server", why=str(failure), **_known_of(held))
                await asyncio.sleep(random.uniform(0.2, 0.5))
        await self._leases.end(held, TERM)

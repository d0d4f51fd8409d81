"""Takes groups of messages through their handlers, to one of four outcomes.

Done: acknowledged. `Retry`: delivered again after a while. `Reject`: a dead letter. Anything else is a bug: retried after
growing pauses, then a dead letter with the traceback. A group of several that does not end well is handled again in halves,
down to the message at fault, so the others are done. A `Conflict` is no fault: the halves load and decide again.

What a handler returns as `Deferred` runs in the background and has the same four outcomes. In lock-step nothing runs in the
background: deferred work is done at once, in order.
"""

import asyncio
import random
import traceback
from collections import Counter, defaultdict
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any, Protocol

from bus.agent import Deferred
from bus.causation import causing
from bus.delivery import Delivery
from bus.errors import Conflict, Reject, Retry, Unavailable
from bus.failpoints import ACKED, ACKED_SOME, HEARD
from bus.ids import derived_id
from bus.logs import address, frames_of, get_logger, raised_at
from bus.runtime.bus import Bus
from bus.runtime.decoding import cause_in, delivery_of, letter_of, redelivery_of, undecodable
from bus.runtime.leases import ACK, TERM, Leased, Leases
from bus.runtime.routes import Route
from bus.tasks import cancel
from bus.wire.envelope import UNDECODABLE, identity_of, trace_of
from contracts.asks import Retried
from contracts.dead import DEAD_LETTER, DeadLetter

BUG_PAUSES = (timedelta(milliseconds=200), timedelta(seconds=1), timedelta(seconds=5))
"""How long a message that met a bug waits before each further attempt."""
_DEFERRED_PAUSE = timedelta(milliseconds=200)
"""How long a message waits whose deferred work met a conflict or an outage."""
CONFLICTS_AT_MOST = 200
"""A single message that conflicts this often in a row, for about half a minute, has met a bug, not other commits."""

log = get_logger("bus")


class Later(Protocol):
    """Postpones a message that is to be delivered again after a while."""

    async def __call__(self, leased: Leased, after: timedelta) -> None: ...


def _log_context(leased: Leased) -> dict[str, Any]:
    """What every log line about a message has: its position, and the trace that leads from feed event to notice."""
    headers, metadata = leased.msg.headers, leased.metadata
    trace = trace_of(headers, identity_of(headers, metadata.stream, metadata.sequence))
    subject = address(leased.route.subject.pattern, leased.msg.subject)
    return {"subject": subject, "sequence": metadata.sequence, "trace": trace}


async def _one(deferred: Deferred) -> None:
    with causing(deferred.delivery.as_cause):
        await deferred.work()


async def _in_order(deferred: Sequence[Deferred]) -> None:
    for each in deferred:
        await _one(each)


async def _together(deferred: Sequence[Deferred]) -> None:
    for outcome in await asyncio.gather(*(_one(each) for each in deferred), return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


class Worker:
    """Handles groups one after the other."""

    def __init__(self, bus: Bus, leases: Leases, agent: str, later: Later) -> None:
        self.outcomes: Counter[str] = Counter()
        """Messages by outcome: done, retried, rejected, undecodable, bugs; and conflicts."""
        self.busy = asyncio.Lock()
        """Held while a group is in a handler."""
        self._bus = bus
        self._leases = leases
        self._agent = agent
        self._later = later
        self._bugs: Counter[tuple[str, int]] = Counter()
        self._background: set[asyncio.Task[None]] = set()

    @property
    def deferred(self) -> int:
        """Messages with deferred work in progress."""
        return len(self._background)

    async def handle(self, group: Sequence[Leased]) -> None:
        """Returns when every message of the group has an outcome, or deferred work in progress."""
        async with self.busy:
            self._bus.failpoint(HEARD)
            decoded: list[tuple[Leased, Delivery[Any]]] = []
            for leased in group:
                try:
                    decoded.append((leased, delivery_of(leased)))
                except UNDECODABLE as failure:
                    await self._dead_letter(leased, "undecodable", undecodable(leased.route, failure))
            if decoded:
                await self._try(decoded)
        self._bus.changed.set()

    async def finish(self) -> None:
        """Returns when no deferred work is in progress."""
        while self._background:
            await asyncio.wait(self._background)

    async def stop(self) -> None:
        """Cancels deferred work; those messages are delivered again."""
        await cancel(*self._background)

    async def _try(self, group: list[tuple[Leased, Delivery[Any]]]) -> None:
        conflicts = 0
        first = group[0][0]
        while True:
            try:
                with causing(None):
                    deferred = await first.route.handler([delivery for _, delivery in group])
            except Conflict as conflict:
                self.outcomes["conflicts"] += 1
                log.info("conflict", group=len(group), why=str(conflict), **_log_context(first))
                await asyncio.sleep(random.uniform(0, 0.01) * min(2 + conflicts, 30))
                if len(group) > 1:
                    return await self._halves(group)
                conflicts += 1
                if conflicts > CONFLICTS_AT_MOST:
                    return await self._failed(first, conflict)
            except Unavailable as failure:
                log.warning("waiting for the server", group=len(group), why=str(failure), **_log_context(first))
                await asyncio.sleep(random.uniform(0.2, 0.5))
            except Exception as failure:
                if len(group) > 1:
                    return await self._halves(group)
                return await self._failed(first, failure)
            else:
                return await self._handled(group, deferred or ())

    async def _halves(self, group: list[tuple[Leased, Delivery[Any]]]) -> None:
        middle = len(group) // 2
        await self._try(group[:middle])
        await self._try(group[middle:])

    async def _handled(self, group: list[tuple[Leased, Delivery[Any]]], deferred: Sequence[Deferred]) -> None:
        by_delivery: defaultdict[int, list[Deferred]] = defaultdict(list)
        for each in deferred:
            by_delivery[id(each.delivery)].append(each)
        await self._acknowledge([leased for leased, delivery in group if id(delivery) not in by_delivery])
        for leased, delivery in group:
            if id(delivery) in by_delivery:
                await self._run_deferred(leased, by_delivery[id(delivery)])

    async def _run_deferred(self, leased: Leased, deferred: Sequence[Deferred]) -> None:
        if self._bus.is_lockstep:
            await self._complete(leased, _in_order(deferred))
        else:
            task = asyncio.create_task(self._complete(leased, _together(deferred)))
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _complete(self, leased: Leased, work: Awaitable[None]) -> None:
        """Runs a message's deferred work, and gives the message its outcome."""
        try:
            await work
        except (Conflict, Unavailable) as failure:
            log.info("deferred work is repeated", why=str(failure), **_log_context(leased))
            await self._later(leased, _DEFERRED_PAUSE)
        except Exception as failure:
            await self._failed(leased, failure)
        else:
            await self._acknowledge([leased])
        self._bus.changed.set()

    async def _failed(self, leased: Leased, failure: Exception) -> None:
        if isinstance(failure, Retry):
            self.outcomes["retried"] += 1
            log.info("retry", why=failure.why, **_log_context(leased))
            await self._later(leased, failure.after)
        elif isinstance(failure, Reject):
            await self._dead_letter(leased, "rejected", failure.reason)
        else:
            position = (leased.metadata.stream, leased.metadata.sequence)
            attempts = self._bugs[position]
            log.error("bug", attempt=attempts + 1, exception=raised_at(failure), **_log_context(leased))
            if attempts < len(BUG_PAUSES):
                self._bugs[position] = attempts + 1
                await self._later(leased, BUG_PAUSES[attempts])
            else:
                self._bugs.pop(position, None)
                stack = "".join(traceback.format_exception(failure))
                await self._dead_letter(leased, "bugs", repr(failure), stack, logged=raised_at(failure))

    async def retry_letter(self, letter: DeadLetter, route: Route) -> Retried:
        """Handles a dead letter's message again, out of order, and answers with its outcome; a bug's details stay in the
        log."""
        try:
            delivery = redelivery_of(letter, route)
        except UNDECODABLE as failure:
            return Retried(done=False, why=undecodable(route, failure))
        try:
            async with self.busy:
                for _ in range(CONFLICTS_AT_MOST):
                    try:
                        with causing(None):
                            await _in_order(await route.handler([delivery]) or ())
                        return Retried(done=True)
                    except Conflict:
                        await asyncio.sleep(random.uniform(0, 0.02))
            return Retried(done=False, why="other commits kept coming first")
        except Retry as failure:
            return Retried(done=False, why=str(failure))
        except Reject as failure:
            return Retried(done=False, why=failure.reason)
        except Exception as failure:
            log.error(
                "dead letter failed again",
                exception=frames_of(failure),
                subject=address(route.subject.pattern, letter.subject),
                sequence=letter.sequence,
                trace=delivery.trace,
            )
            return Retried(done=False, why=f"it failed; the log of {self._agent} says why")

    async def _acknowledge(self, group: Sequence[Leased]) -> None:
        for i, leased in enumerate(group):
            if i == len(group) // 2:
                self._bus.failpoint(ACKED_SOME)
            await self._leases.end(leased, ACK)
            if self._bugs:
                self._bugs.pop((leased.metadata.stream, leased.metadata.sequence), None)
        self._bus.failpoint(ACKED)
        self.outcomes["done"] += len(group)

    async def _dead_letter(
        self, leased: Leased, outcome: str, reason: str, stack: str = "", *, logged: str = ""
    ) -> None:
        """Stores the dead letter, then terminates the original. After a crash between the two the message is delivered again,
        and its dead letter replaces the first one. `logged` replaces a reason that may name a person in the log."""
        self.outcomes[outcome] += 1
        log.error("dead letter", reason=logged or reason, **_log_context(leased))
        letter = letter_of(leased, self._agent, reason, stack, limit=self._bus.max_payload)
        identity = derived_id(self._agent, letter.stream, str(letter.sequence), letter.at.isoformat())
        while True:
            try:
                await self._bus.append(DEAD_LETTER.of(letter), identity=identity, cause=cause_in(leased))
                break
            except Unavailable as failure:
                log.warning("dead letter waits for the server", why=str(failure), **_log_context(leased))
                await asyncio.sleep(random.uniform(0.2, 0.5))
        await self._leases.end(leased, TERM)

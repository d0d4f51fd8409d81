"""A group of messages on its way through a handler, to one of four ends.

Done: acknowledged. `Retry`: back after a while. `Reject`: a dead letter. Anything else is a bug: tried again after growing
pauses, then a dead letter with its traceback. Whatever ends a group of several, it is tried again in halves, so the fault is
found in the one message that has it and the others go on. A `Conflict` is no fault: the halves load and decide again.
"""

import asyncio
import random
import traceback
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

import msgspec
import structlog
from nats.aio.client import Client

from bus.agent import Handler
from bus.bus import Bus
from bus.clock import wall
from bus.consumer import ACK, TERM, nak
from bus.delivery import Delivery
from bus.envelope import COMMIT, decoder, trace_of
from bus.errors import Conflict, Reject, Retry, Unavailable
from bus.inbox import Held
from bus.steps import ACKED, ACKED_SOME, HEARD
from bus.store import Fact
from contracts.asks import Retried
from contracts.dead import DEAD_LETTER, DeadLetter
from contracts.subject import Subject

BUG_PAUSES = (timedelta(milliseconds=200), timedelta(seconds=1), timedelta(seconds=5))
"""How long a message that met a bug waits before each further try."""

log = structlog.get_logger("bus")


class Later(Protocol):
    """Where a message goes that is to be heard again after a while."""

    async def __call__(self, held: Held, after: timedelta) -> None: ...


def delivery_of(held: Held, subject: Subject[Any]) -> Delivery[Any]:
    """The message as its handler hears it. Raises `msgspec.DecodeError`."""
    headers = held.msg.headers or {}
    identity = headers.get("ce-id") or f"{held.place.stream}.{held.place.sequence}"
    settled = held.place.sequence
    if "Nats-Batch-Sequence" in headers and COMMIT in headers:
        settled += int(headers[COMMIT].rsplit(".", 1)[1]) - int(headers["Nats-Batch-Sequence"])
    return Delivery(
        message=decoder(subject.message).decode(held.msg.data),
        subject=held.msg.subject,
        stream=held.place.stream,
        sequence=held.place.sequence,
        settled=settled,
        id=identity,
        trace=trace_of(headers, identity),
        stored_at=held.place.stored_at,
    )


class Worker:
    """Handles groups, one after the other."""

    def __init__(self, bus: Bus, nc: Client, agent: str, subjects: Sequence[Subject[Any]], later: Later) -> None:
        self.ends: Counter[str] = Counter()
        """How many messages ended how: done, retried, rejected, undecodable, bugs; and conflicts."""
        self._bus = bus
        self._nc = nc
        self._agent = agent
        self._later = later
        self._subjects = {subject.pattern.split(".{", 1)[0]: subject for subject in subjects}
        self._bugs: Counter[tuple[str, int]] = Counter()
        self.in_hand: list[Held] = []

    async def handle(self, group: Sequence[Held]) -> None:
        """Returns when every message of the group has come to an end."""
        self.in_hand = list(group)
        self._bus.at(HEARD)
        decoded: list[tuple[Held, Delivery[Any]]] = []
        for held in group:
            try:
                decoded.append((held, delivery_of(held, self._subject(held.msg.subject))))
            except msgspec.DecodeError as failure:
                await self._bury(
                    held, "undecodable", f"not a {self._subject(held.msg.subject).message.__name__}: {failure}"
                )
        if decoded:
            await self._try(decoded)
        self.in_hand = []

    async def _try(self, group: list[tuple[Held, Delivery[Any]]]) -> None:
        while True:
            try:
                await group[0][0].handler([delivery for _, delivery in group])
            except Conflict as conflict:
                self.ends["conflicts"] += 1
                log.info("conflict", group=len(group), why=str(conflict))
                await asyncio.sleep(random.uniform(0, 0.02))
                if len(group) > 1:
                    return await self._halves(group)
            except Unavailable as failure:
                log.warning("waits for the server", why=str(failure))
                await asyncio.sleep(random.uniform(0.2, 0.5))
            except Exception as end:
                if len(group) > 1:
                    return await self._halves(group)
                return await self._end(group[0][0], end)
            else:
                return await self._acknowledge([held for held, _ in group])

    async def _halves(self, group: list[tuple[Held, Delivery[Any]]]) -> None:
        middle = len(group) // 2
        await self._try(group[:middle])
        await self._try(group[middle:])

    async def _end(self, held: Held, end: Exception) -> None:
        where = {"subject": held.msg.subject, "sequence": held.place.sequence}
        if isinstance(end, Retry):
            self.ends["retried"] += 1
            log.info("retry", why=end.why, **where)
            await self._later(held, end.after)
        elif isinstance(end, Reject):
            await self._bury(held, "rejected", end.reason)
        else:
            identity = (held.place.stream, held.place.sequence)
            tried = self._bugs[identity]
            log.error("bug", tried=tried + 1, exception=repr(end), **where)
            if tried < len(BUG_PAUSES):
                self._bugs[identity] += 1
                await self._later(held, BUG_PAUSES[tried])
            else:
                del self._bugs[identity]
                await self._bury(held, "bugs", repr(end), "".join(traceback.format_exception(end)))

    async def once_more(self, letter: DeadLetter, handler: Handler) -> Retried:
        """Handles a dead letter's message again, out of turn, and tells how it ended."""
        try:
            message = decoder(self._subject(letter.subject).message).decode(letter.payload)
            identity = letter.headers.get("ce-id") or f"{letter.stream}.{letter.sequence}"
            await handler(
                [
                    Delivery(
                        message=message,
                        subject=letter.subject,
                        stream=letter.stream,
                        sequence=letter.sequence,
                        settled=letter.sequence,
                        id=identity,
                        trace=trace_of(letter.headers, identity),
                        stored_at=letter.at,
                    )
                ]
            )
        except Exception as end:
            log.warning(
                "dead letter tried again", subject=letter.subject, sequence=letter.sequence, exception=repr(end)
            )
            return Retried(done=False, why=repr(end))
        return Retried(done=True)

    async def _acknowledge(self, group: Sequence[Held]) -> None:
        for i, held in enumerate(group):
            if i == len(group) // 2:
                self._bus.at(ACKED_SOME)
            await self._nc.publish(held.msg.reply, ACK)
        self._bus.at(ACKED)
        self.ends["done"] += len(group)

    async def _bury(self, held: Held, end: str, reason: str, trace: str = "") -> None:
        """A dead letter first, then the end of the original: in between it may be delivered again, and is said once."""
        self.ends[end] += 1
        log.error("dead letter", subject=held.msg.subject, sequence=held.place.sequence, reason=reason)
        letter = DeadLetter(
            agent=self._agent,
            stream=held.place.stream,
            sequence=held.place.sequence,
            subject=held.msg.subject,
            reason=reason,
            traceback=trace,
            headers=dict(held.msg.headers or {}),
            payload=held.msg.data,
            at=wall(),
        )
        await self._bus.say([Fact(DEAD_LETTER.of(letter))])
        await self._nc.publish(held.msg.reply, TERM)

    def _subject(self, name: str) -> Subject[Any]:
        """The family a name belongs to: the longest pattern it begins with."""
        prefix = name
        while prefix not in self._subjects:
            prefix = prefix.rpartition(".")[0]
            if not prefix:
                raise LookupError(f"{self._agent} heard {name}, which it has not declared")
        return self._subjects[prefix]


async def nak_later(nc: Client, held: Held, after: timedelta) -> None:
    """The usual `Later`: the server delivers it again, to whichever replica."""
    await nc.publish(held.msg.reply, nak(after))

"""A typed, continuously updated copy of state subjects, in memory.

It follows the stream with a push consumer of its own, whose heartbeats (four a second) prove that it is current even when
nothing happens, and name the stream's last sequence. A gap, a missed heartbeat or a reconnect makes a new consumer from
the next sequence on, so nothing is lost and nothing is applied twice. (nats-py's ordered consumer is blind for up to
19 s after a server restart.)

A batch is applied whole: its messages wait until the batch's last message, the next batch's first or a heartbeat. `keep`
turns a message into what the agent needs of it; a view holds nothing else.
"""

import asyncio
from collections import deque
from collections.abc import Callable, ItemsView, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from bus.api import ApiError, call, next_sequence
from bus.clock import monotonic, wall
from bus.envelope import decoder
from bus.errors import Unavailable
from contracts.subject import Subject

M = TypeVar("M", bound=msgspec.Struct)
V = TypeVar("V")

_HEARTBEAT = 0.25
"""Seconds between proofs of life when nothing happens."""
_SILENCE = 4 * _HEARTBEAT
"""Seconds without any, after which the consumer is made anew."""

log = structlog.get_logger("bus")


@dataclass(frozen=True, slots=True)
class Seen(Generic[V]):
    """What a view holds of one subject."""

    value: V
    revision: int
    written_at: datetime


@dataclass(frozen=True, slots=True)
class _Update:
    name: str
    seen: Seen[Any] | None
    sequence: int
    stored_at: datetime


class View(Generic[M, V]):
    """`view[name]` is the latest of that subject. `changed` is told each name after its batch is applied."""

    def __init__(
        self,
        nc: Client,
        subject: Subject[M],
        keep: Callable[[M, int, datetime], V | None],
        *,
        changed: Callable[[str, V | None], None] | None = None,
    ) -> None:
        self.subject = subject
        self.sequence = 0
        """Every state of this subject up to here is applied."""
        self.delays: deque[float] = deque(maxlen=4096)
        """Seconds from being stored to being applied, of the latest messages."""
        self._nc = nc
        self._keep = keep
        self._changed = changed
        self._decode = decoder(subject.message).decode
        self._seen: dict[str, Seen[V]] = {}
        self._held: list[_Update] = []
        self._batch = ""
        self._sub: Subscription | None = None
        self._consumer = ""
        self._expected = 1
        self._current_at = 0.0
        self._complete = asyncio.Event()
        self._moved = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    # What agents ask.

    def __getitem__(self, name: str) -> Seen[V]:
        return self._seen[name]

    def get(self, name: str) -> Seen[V] | None:
        return self._seen.get(name)

    def __len__(self) -> int:
        return len(self._seen)

    def __iter__(self) -> Iterator[str]:
        return iter(self._seen)

    def items(self) -> ItemsView[str, Seen[V]]:
        return self._seen.items()

    @property
    def lag(self) -> timedelta:
        """How long ago it was last proved current (wall clock). What a decision may rest on."""
        return timedelta(seconds=monotonic() - self._current_at) if self._current_at else timedelta.max

    async def reach(self, sequence: int) -> None:
        """Returns once every state up to this stream sequence is applied. Asks the stream only when in doubt."""
        while self.sequence < sequence:
            upcoming = await next_sequence(self._nc, self.subject.stream, (self.subject.filter,), self._heard)
            if upcoming is None or upcoming > sequence:
                self._apply_held()
                self.sequence = max(self.sequence, sequence)
            else:
                await self._has_heard(upcoming)

    async def _has_heard(self, sequence: int) -> None:
        await self.until(lambda: self._heard >= sequence)

    async def until(self, true: Callable[[], bool]) -> None:
        """Returns once `true()`; asked after each message."""
        while not true():
            self._moved.clear()
            await self._moved.wait()

    def wake(self) -> None:
        """Asks whoever waits in `until` to look again."""
        self._moved.set()

    # Its life.

    async def start(self) -> None:
        """Returns when the view is complete: every state that was in the stream at this moment is applied."""
        await self._subscribe()
        self._watch = asyncio.create_task(self._watchdog())
        await self._complete.wait()

    async def stop(self) -> None:
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await self._unsubscribe()

    def restart_soon(self) -> None:
        """To be called on a reconnect: the consumer is made anew at once instead of after a silence."""
        self._current_at = 0.0

    async def _subscribe(self) -> None:
        inbox = self._nc.new_inbox()
        self._expected = 1
        self._sub = await self._nc.subscribe(inbox, cb=self._hear, pending_msgs_limit=0, pending_bytes_limit=0)
        config: dict[str, Any] = {
            "deliver_subject": inbox,
            "filter_subject": self.subject.filter,
            "ack_policy": "none",
            "max_deliver": 1,
            "mem_storage": True,
            "num_replicas": 1,
            "flow_control": True,
            "idle_heartbeat": int(_HEARTBEAT * 1e9),
            "inactive_threshold": int(10e9),
            "deliver_policy": "last_per_subject",
        }
        if self._heard:
            config |= {"deliver_policy": "by_start_sequence", "opt_start_seq": self._heard + 1}
        told = await call(
            self._nc,
            f"CONSUMER.CREATE.{self.subject.stream}",
            {"stream_name": self.subject.stream, "config": config},
        )
        self._consumer = told["name"]
        self._current_at = monotonic()
        if not told["num_pending"]:
            self._complete.set()
            self._moved.set()

    @property
    def _heard(self) -> int:
        return self._held[-1].sequence if self._held else self.sequence

    async def _unsubscribe(self) -> None:
        if self._sub and not self._nc.is_closed:
            sub, self._sub = self._sub, None
            await sub.unsubscribe()
            if self._consumer and self._nc.is_connected:
                with suppress(ApiError, Unavailable):  # it goes by itself when nobody listens
                    await call(self._nc, f"CONSUMER.DELETE.{self.subject.stream}.{self._consumer}", tries=1, timeout=1)

    async def _watchdog(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT / 2)
            if monotonic() - self._current_at < _SILENCE or not self._nc.is_connected:
                continue
            try:
                await self._unsubscribe()
                await self._subscribe()
                log.info("view follows anew", subject=self.subject.filter, after=self._heard)
            except (ApiError, Unavailable) as failure:
                log.warning("view cannot follow", subject=self.subject.filter, problem=str(failure))

    async def _hear(self, msg: Msg) -> None:
        if self._sub is None or msg.sid != self._sub._id:
            return  # of a consumer given up
        headers = msg.headers or {}
        if "Status" in headers:
            await self._control(msg, headers)
            return
        token = msg.reply.split(".")
        stream_sequence, consumer_sequence, stored, pending = (int(t) for t in token[5:9])
        if consumer_sequence != self._expected:
            self.restart_soon()
            return
        self._expected += 1
        self._current_at = monotonic()
        batch = headers.get("Nats-Batch-Id", "")
        if self._held and batch != self._batch:
            self._apply_held()
        self._batch = batch
        stored_at = datetime.fromtimestamp(stored / 1e9, tz=wall().tzinfo)
        removed = "KV-Operation" in headers or "Nats-Marker-Reason" in headers
        kept = None if removed else self._keep(self._decode(msg.data), stream_sequence, stored_at)
        seen = Seen(kept, stream_sequence, stored_at) if kept is not None else None
        self._held.append(_Update(msg.subject, seen, stream_sequence, stored_at))
        if not batch or "Nats-Batch-Commit" in headers:
            self._apply_held()
        if not pending and not self._complete.is_set():
            self._apply_held()
            self._complete.set()
        self._moved.set()

    async def _control(self, msg: Msg, headers: dict[str, str]) -> None:
        if msg.reply:  # flow control: the server waits for an answer
            await self._nc.publish(msg.reply)
            return
        if stalled := headers.get("Nats-Consumer-Stalled"):
            await self._nc.publish(stalled)
        if int(headers.get("Nats-Last-Consumer", "0")) != self._expected - 1:
            self.restart_soon()
            return
        self._current_at = monotonic()
        self._apply_held()

    def _apply_held(self) -> None:
        held, self._held = self._held, []
        now = wall()
        for update in held:
            if update.seen is None:
                self._seen.pop(update.name, None)
            else:
                self._seen[update.name] = update.seen
        for update in held:
            self.sequence = max(self.sequence, update.sequence)
            self.delays.append((now - update.stored_at).total_seconds())
            if self._changed:
                self._changed(update.name, update.seen.value if update.seen else None)
        if held:
            self._moved.set()

"""Following filters of a stream: every message once, in stream order, across reconnects and server restarts.

A push consumer of its own, whose heartbeats (four a second) prove that all has been heard even when nothing happens. A gap,
a missed heartbeat or a reconnect makes a new consumer from the next sequence on, so nothing is lost and nothing is heard
twice. (nats-py's ordered consumer is blind for up to 19 s after a server restart.)
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error

from bus.clock import monotonic, wall
from bus.errors import Unavailable
from bus.logs import get_logger
from bus.tasks import cancel
from bus.wire.api import ApiError, call
from bus.wire.metadata import ACK_PREFIX, Metadata

_HEARTBEAT = 0.25
"""Seconds between proofs of life when nothing happens."""
_SILENCE = 4 * _HEARTBEAT
"""Seconds without any, after which the consumer is made anew."""

log = get_logger("bus")


class Follower:
    """Tells `hear` each message and where it stands, and `quiet` whenever there is nothing more to hear. Both are told up to
    which moment (monotonic seconds) everything stored has now been heard."""

    def __init__(
        self,
        nc: Client,
        stream: str,
        filters: tuple[str, ...],
        *,
        hear: Callable[[Msg, Metadata, float], None],
        quiet: Callable[[float], None],
    ) -> None:
        self.sequence = 0
        """The last message heard: every later one that matches is still to come."""
        self._nc = nc
        self._stream = stream
        self._filters = filters
        self._hear_one = hear
        self._quiet = quiet
        self._sub: Subscription | None = None
        self._consumer = ""
        self._expected = 1
        self._alive_at = 0.0
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins with the latest message of each subject. Raises `ApiError` where there is no such stream, and
        `Unavailable`; it may then be tried again."""
        if self._watch:
            return
        await self._subscribe()
        self._watch = asyncio.create_task(self._watchdog())

    async def stop(self) -> None:
        if self._watch:
            await cancel(self._watch)
        await self._unsubscribe()
        if self._consumer and self._nc.is_connected:
            with suppress(ApiError, Unavailable):  # it goes by itself when nobody listens
                await call(self._nc, f"CONSUMER.DELETE.{self._stream}.{self._consumer}", tries=1, timeout=0.5)

    def anew(self) -> None:
        """To be called on a reconnect: the consumer is made anew at once instead of after a silence."""
        self._alive_at = 0.0

    async def _subscribe(self) -> None:
        inbox = self._nc.new_inbox()
        self._expected = 1
        self._consumer = inbox.rsplit(".", 1)[1]
        self._sub = await self._nc.subscribe(inbox, cb=self._hear, pending_msgs_limit=0, pending_bytes_limit=0)
        config: dict[str, Any] = {
            "name": self._consumer,  # with a name of its own, asking for it twice makes one consumer
            "deliver_subject": inbox,
            "filter_subjects": list(self._filters),
            "ack_policy": "none",
            "max_deliver": 1,
            "mem_storage": True,
            "num_replicas": 1,
            "flow_control": True,
            "idle_heartbeat": int(_HEARTBEAT * 1e9),
            "inactive_threshold": int(10e9),
            "deliver_policy": "last_per_subject",
        }
        if self.sequence:
            config |= {"deliver_policy": "by_start_sequence", "opt_start_seq": self.sequence + 1}
        try:
            await call(
                self._nc,
                f"CONSUMER.CREATE.{self._stream}.{self._consumer}",
                {"stream_name": self._stream, "config": config},
            )
        except (ApiError, Unavailable):
            await self._unsubscribe()
            raise
        self._alive_at = monotonic()

    async def _unsubscribe(self) -> None:
        if self._sub and not self._nc.is_closed:
            sub, self._sub = self._sub, None
            with suppress(Error):
                await sub.unsubscribe()

    async def _watchdog(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT / 4)
            if monotonic() - self._alive_at < _SILENCE or not self._nc.is_connected:
                continue
            try:
                await self._unsubscribe()
                await self._subscribe()
                log.info("follows anew", filters=self._filters, after=self.sequence)
            except (ApiError, Unavailable, Error) as failure:
                log.warning("cannot follow", filters=self._filters, problem=str(failure))

    async def _hear(self, msg: Msg) -> None:
        if self._sub is None or msg.sid != self._sub._id:
            return  # of a consumer given up
        if not msg.reply.startswith(ACK_PREFIX):
            await self._control(msg)
            return
        place = Metadata.of(msg)
        if place.delivered != self._expected:
            self.anew()
            return
        self._expected += 1
        now = self._alive_at = monotonic()
        self.sequence = place.sequence
        # With more to come, all that was stored before this one has been heard, and no later moment is proved.
        behind = max((wall() - place.stored_at).total_seconds(), 0.0) if place.pending else 0.0
        self._hear_one(msg, place, now - behind)

    async def _control(self, msg: Msg) -> None:
        if msg.reply:  # flow control: the server waits for an answer
            await self._nc.publish(msg.reply)
            return
        headers = msg.headers or {}
        if stalled := headers.get("Nats-Consumer-Stalled"):
            await self._nc.publish(stalled)
        if int(headers.get("Nats-Last-Consumer", "0")) != self._expected - 1:
            self.anew()
            return
        self._alive_at = monotonic()
        if not stalled:
            self._quiet(self._alive_at)

"""Follows subject filters of one stream: every message once, in stream order, across reconnects and server restarts.

Uses a push consumer of its own. Its heartbeats, four a second, prove that everything has been received even when nothing
happens. After a gap, a missed heartbeat or a reconnect the consumer is recreated from the next sequence, so nothing is lost
and nothing is received twice. (nats-py's ordered consumer receives nothing for up to 19 s after a server restart.)
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
from bus.errors import ApiError, Unavailable
from bus.logs import get_logger
from bus.tasks import cancel
from bus.wire.api import call
from bus.wire.metadata import ACK_PREFIX, Metadata

_HEARTBEAT = 0.25
"""Seconds between two heartbeats of an idle consumer."""
_SILENCE = 4 * _HEARTBEAT
"""Seconds without a message or heartbeat after which the consumer is recreated."""
_CREATED_WITHIN = 2.0
"""Seconds in which a living node creates a consumer."""
_ATTEMPTS = 10
VIEW = "view-"
"""How the name of such a consumer begins; then come the connection's name and a unique part."""

log = get_logger("bus")


class Follower:
    """Calls `on_message` with each message and its metadata, and `on_idle` at each heartbeat with nothing more to deliver.

    Both also get a moment, in monotonic seconds: everything stored before it has been received.
    """

    def __init__(
        self,
        nc: Client,
        stream: str,
        filters: tuple[str, ...],
        *,
        on_message: Callable[[Msg, Metadata, float], None],
        on_idle: Callable[[float], None],
        after: int | None = None,
    ) -> None:
        """Begins after the stream sequence `after` (0: with the first message), or, without one, with the latest message of
        each subject."""
        self.sequence = after or 0
        """Stream sequence of the last message received; every later match is still to come."""
        self._nc = nc
        self.stream = stream
        self._filters = filters
        self._on_message = on_message
        self._on_idle = on_idle
        self._latest_only = after is None
        self._sub: Subscription | None = None
        self._consumer = ""
        self._expected = 1
        self._alive_at = 0.0
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Creates the consumer. Raises `ApiError` where there is no such stream, and `Unavailable`; may then be called
        again."""
        if self._watch:
            return
        await self._subscribe()
        self._watch = asyncio.create_task(self._watchdog())

    async def stop(self) -> None:
        if self._watch:
            await cancel(self._watch)
        await self._unsubscribe()
        if self._consumer and self._nc.is_connected:
            with suppress(ApiError, Unavailable):  # the server removes an inactive consumer by itself
                await call(self._nc, f"CONSUMER.DELETE.{self.stream}.{self._consumer}", tries=1, timeout=0.5)

    def restart(self) -> None:
        """Recreates the consumer at once instead of after a silence. Call it after a reconnect."""
        self._alive_at = 0.0

    async def _subscribe(self) -> None:
        """Creates the consumer, each time under a new name: a cluster may place it on a node that has just gone down, and would
        place it there again under the same name."""
        for attempt in range(_ATTEMPTS):
            try:
                await self._create()
            except Unavailable:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    async def _create(self) -> None:
        inbox = self._nc.new_inbox()
        self._expected = 1
        self._consumer = VIEW + inbox.split(".", 1)[1].replace(".", "-")
        self._sub = await self._nc.subscribe(inbox, cb=self.receive, pending_msgs_limit=0, pending_bytes_limit=0)
        config: dict[str, Any] = {
            "name": self._consumer,  # a name chosen here makes creation idempotent
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
        if self.sequence or not self._latest_only:
            config |= {"deliver_policy": "by_start_sequence", "opt_start_seq": self.sequence + 1}
        try:
            await call(
                self._nc,
                f"CONSUMER.CREATE.{self.stream}.{self._consumer}",
                {"stream_name": self.stream, "config": config},
                timeout=_CREATED_WITHIN,
                tries=1,
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
                log.info("follower restarted", stream=self.stream, filters=self._filters, after=self.sequence)
            except (ApiError, Unavailable, Error) as failure:
                log.warning("cannot follow", stream=self.stream, filters=self._filters, problem=str(failure))

    async def receive(self, msg: Msg) -> None:
        """The subscription's callback."""
        if self._sub is None or msg.sid != self._sub._id:
            return  # sent by a consumer that has been replaced
        if not msg.reply.startswith(ACK_PREFIX):
            await self._control(msg)
            return
        metadata = Metadata.of(msg)
        if metadata.consumer_sequence != self._expected:
            self.restart()
            return
        self._expected += 1
        now = self._alive_at = monotonic()
        self.sequence = metadata.sequence
        # With more pending, only what was stored before this message is known to be complete.
        behind = max((wall() - metadata.stored_at).total_seconds(), 0.0) if metadata.pending else 0.0
        self._on_message(msg, metadata, now - behind)

    async def _control(self, msg: Msg) -> None:
        if msg.reply:  # flow control: the server waits for this reply
            await self._nc.publish(msg.reply)
            return
        headers = msg.headers or {}
        if stalled := headers.get("Nats-Consumer-Stalled"):
            await self._nc.publish(stalled)
        if int(headers.get("Nats-Last-Consumer", "0")) != self._expected - 1:
            self.restart()
            return
        self._alive_at = monotonic()
        if not stalled:
            self._on_idle(self._alive_at)

"""Prefetching pull consumption: one durable consumer per agent and stream, shared by the agent's replicas.

Requests go to `$JS.API.CONSUMER.MSG.NEXT` with an inbox of this process, and are renewed at half, which spares the task and
timer per message of nats-py's `fetch`. Nothing in nats-py notices the missing heartbeats of a pull request, so a watchdog
checks the consumer and requests again after a silence, a reconnect, or a terminated request. (Requesting again at once
instead would spin while a consumer does not exist.)
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error

from bus.clock import monotonic
from bus.errors import ApiError, Unavailable
from bus.logs import get_logger
from bus.tasks import cancel
from bus.wire.api import NOT_FOUND, call, next_sequence
from bus.wire.metadata import ACK_PREFIX, Metadata

_EXPIRES = 20.0
"""Seconds a request stays open at the server."""
_HEARTBEAT = 1.0
_SILENCE = 3 * _HEARTBEAT

log = get_logger("bus")


class Consumer:
    """Passes every delivered message to `on_message`. Requested messages that have not arrived and those that `queued()` counts
    are together never more than `prefetch`."""

    def __init__(
        self,
        nc: Client,
        stream: str,
        durable: str,
        filters: tuple[str, ...],
        *,
        on_message: Callable[[Msg, Metadata], None],
        queued: Callable[[], int],
        prefetch: int = 512,
        ack_wait: timedelta = timedelta(seconds=5),
    ) -> None:
        self.stream = stream
        self.filters = filters
        self._nc = nc
        self._durable = durable
        self._on_message = on_message
        self._queued = queued
        self._prefetch = prefetch
        self._config = {
            "durable_name": durable,
            "filter_subjects": list(filters),
            "ack_policy": "explicit",
            "ack_wait": int(ack_wait.total_seconds() * 1e9),
            "max_deliver": -1,
            "max_ack_pending": 20_000,
            "deliver_policy": "all",
            "replay_policy": "instant",
        }
        self._requested = 0
        self._sub: Subscription | None = None
        self._received_at = 0.0
        self._received = 0
        self._received_more = asyncio.Event()
        self._flowing = False
        self._unverified = False
        self._sole_holder = False
        """Whether no earlier process of this agent holds unacknowledged messages any more; see `receive_up_to`."""
        self._watch: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Creates the durable consumer as declared, or updates it, and subscribes to the inbox. Raises `ApiError` where there
        is no such stream, `Unavailable`."""
        info = await self._create()
        self._received = info["ack_floor"]["stream_seq"]
        self._inbox = self._nc.new_inbox()
        self._sub = await self._nc.subscribe(self._inbox, cb=self._receive, pending_msgs_limit=0, pending_bytes_limit=0)
        self._watch = asyncio.create_task(self._watchdog())

    async def _create(self) -> Any:
        name = f"{self.stream}.{self._durable}"
        question = {"stream_name": self.stream, "config": self._config, "action": ""}
        try:
            return await call(self._nc, f"CONSUMER.CREATE.{name}", question)
        except ApiError as failure:
            if failure.code in NOT_FOUND:
                raise
            # A property that cannot be updated: the consumer is replaced, and delivers everything again, which is harmless.
            log.warning("consumer replaced", consumer=name, why=str(failure))
            await call(self._nc, f"CONSUMER.DELETE.{name}")
            return await call(self._nc, f"CONSUMER.CREATE.{name}", question)

    @property
    def received(self) -> int:
        """The last stream sequence that it has received, or that was acknowledged before it was opened."""
        return self._received

    async def resume(self) -> None:
        """Requests messages, now and whenever there is room."""
        self._flowing = True
        await self.refill()

    def pause(self) -> None:
        """Requests no more. Messages already requested still arrive."""
        self._flowing = False

    def verify(self) -> None:
        """Makes the watchdog check the consumer and request again. Call it after a reconnect: the server has forgotten the
        requests."""
        self._unverified = True
        self._sole_holder = False

    async def close(self) -> None:
        """Withdraws the request. Messages that the server sent before are still passed on."""
        self.pause()
        if self._watch:
            await cancel(self._watch)
        if self._sub and self._nc.is_connected:
            sub, self._sub = self._sub, None
            try:
                await asyncio.wait_for(sub.drain(), 1)  # type: ignore[no-untyped-call]
            except (TimeoutError, Error) as failure:
                log.warning("consumer not drained", stream=self.stream, problem=repr(failure))

    async def refill(self) -> None:
        """Requests more once half of the prefetch is free."""
        room = self._prefetch - self._queued() - self._requested
        if self._flowing and room >= self._prefetch // 2:
            await self._request(room, expires=_EXPIRES, idle_heartbeat=int(_HEARTBEAT * 1e9))

    async def has_delivered(self, upto: int) -> bool:
        """Whether everything up to this stream sequence has been delivered to this agent or another replica. Raises
        `Unavailable`."""
        info = await call(self._nc, f"CONSUMER.INFO.{self.stream}.{self._durable}")
        return bool(info["num_pending"] == 0 or info["delivered"]["stream_seq"] >= upto)

    async def receive_up_to(self, sequence: int, *, held: Callable[[], int]) -> None:
        """Returns once everything up to this stream sequence has been received; for lock-step.

        `held()` counts the messages of this stream that this process holds. The server may have delivered others to an earlier
        process of this agent; they come again when their leases expire. Raises `Unavailable`.
        """
        while self._received < sequence:
            upcoming = await next_sequence(self._nc, self.stream, self.filters, self._received)
            if upcoming is None or upcoming > sequence:
                self._received = sequence
            else:
                await self._receive_some(until=upcoming)
        while not self._sole_holder:
            info = await call(self._nc, f"CONSUMER.INFO.{self.stream}.{self._durable}")
            self._sole_holder = info["num_ack_pending"] <= held()
            if not self._sole_holder:
                await self._receive_some(until=0)

    async def _receive_some(self, *, until: int) -> None:
        """Receives messages for half a second, or until this sequence has been received."""
        if self._requested < self._prefetch // 2:
            await self._request(self._prefetch - self._requested, expires=1.0)
        deadline = monotonic() + 0.5
        while monotonic() < deadline:
            self._received_more.clear()
            if 0 < until <= self._received:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._received_more.wait(), 0.1)
                if not until:
                    return

    async def _request(self, count: int, *, expires: float, **options: int) -> None:
        self._requested += count
        question = {"batch": count, "expires": int(expires * 1e9), **options}
        await self._nc.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self._durable}", json.dumps(question).encode(), reply=self._inbox
        )

    async def _receive(self, msg: Msg) -> None:
        self._received_at = monotonic()
        if msg.reply.startswith(ACK_PREFIX):
            self._requested = max(self._requested - 1, 0)
            metadata = Metadata.of(msg)
            self._on_message(msg, metadata)
            self._received = max(self._received, metadata.sequence)
            self._received_more.set()
        else:
            headers = msg.headers or {}
            if "Nats-Pending-Messages" in headers:  # the request expired, or its last message was sent
                self._requested = max(self._requested - int(headers["Nats-Pending-Messages"]), 0)
            elif headers.get("Status") != "100":
                why = headers.get("Description", headers.get("Status"))
                log.info("pull request terminated", stream=self.stream, why=why)
                self._unverified = True
        await self.refill()

    async def _watchdog(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT / 4)
            silent = self._requested > 0 and self._flowing and monotonic() - self._received_at > _SILENCE
            if not (self._unverified or silent) or not self._nc.is_connected:
                continue
            self._unverified = False
            try:
                await self._create()
            except (ApiError, Unavailable) as failure:
                log.warning("cannot consume", stream=self.stream, problem=str(failure))
                self._unverified = True
                continue
            self._requested = 0
            self._received_at = monotonic()
            await self.refill()

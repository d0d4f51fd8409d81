"""Pull consumption, prefetched: one durable consumer per agent and stream, shared by the agent's replicas.

Asks `$JS.API.CONSUMER.MSG.NEXT` on an inbox of its own and asks for more at half, which spares nats-py's `fetch` its task and
timer per message. A watchdog makes sure of the consumer and asks afresh after a silence, a reconnect, or word that a request
was broken off: nobody else notices a pull's missed heartbeats. (Asking again at once instead would spin while a consumer is
gone.)
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
from bus.errors import Unavailable
from bus.logs import get_logger
from bus.tasks import cancel
from bus.wire.api import NOT_FOUND, ApiError, call, next_sequence
from bus.wire.metadata import ACK_PREFIX, Metadata

_EXPIRES = 20.0
"""Seconds a request stands at the server."""
_HEARTBEAT = 1.0
_SILENCE = 3 * _HEARTBEAT

log = get_logger("bus")


class Consumer:
    """Hands every delivered message to `hear`. What is asked for and not yet there, and what `held()` tells, are together
    never more than `prefetch`."""

    def __init__(
        self,
        nc: Client,
        stream: str,
        durable: str,
        filters: tuple[str, ...],
        *,
        hear: Callable[[Msg, Metadata], None],
        held: Callable[[], int],
        prefetch: int = 512,
        ack_wait: timedelta = timedelta(seconds=5),
    ) -> None:
        self.stream = stream
        self.filters = filters
        self._nc = nc
        self._durable = durable
        self._hear_one = hear
        self._held = held
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
        self._heard_at = 0.0
        self._heard = 0
        self._heard_more = asyncio.Event()
        self._flowing = False
        self._doubtful = False
        self._alone = False
        """Whether no earlier life of this agent holds messages any more; see `take_upto`."""
        self._watch: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Makes sure the durable consumer exists as declared (a differing one is mended) and listens to the inbox.
        Raises `ApiError` where there is no such stream, `Unavailable`."""
        told = await self._make()
        self._heard = told["ack_floor"]["stream_seq"]
        self._inbox = self._nc.new_inbox()
        self._sub = await self._nc.subscribe(self._inbox, cb=self._hear, pending_msgs_limit=0, pending_bytes_limit=0)
        self._watch = asyncio.create_task(self._watchdog())

    async def _make(self) -> Any:
        name = f"{self.stream}.{self._durable}"
        question = {"stream_name": self.stream, "config": self._config, "action": ""}
        try:
            return await call(self._nc, f"CONSUMER.CREATE.{name}", question)
        except ApiError as failure:
            if failure.code in NOT_FOUND:
                raise
            # What can't be changed in place is made anew: everything is delivered again, and takes effect once.
            log.warning("consumer made anew", consumer=name, why=str(failure))
            await call(self._nc, f"CONSUMER.DELETE.{name}")
            return await call(self._nc, f"CONSUMER.CREATE.{name}", question)

    async def flow(self) -> None:
        """From now on messages are asked for as they are handled."""
        self._flowing = True
        await self.refill()

    def pause(self) -> None:
        """No more are asked for. What is on its way still arrives."""
        self._flowing = False

    def doubt(self) -> None:
        """To be called after a reconnect: what was asked for is forgotten there, so it is soon asked for afresh."""
        self._doubtful = True
        self._alone = False

    async def close(self) -> None:
        """Takes the request back; what the server had sent before is heard yet."""
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
        """Asks for more once half of what may be held is free."""
        room = self._prefetch - self._held() - self._requested
        if self._flowing and room >= self._prefetch // 2:
            await self._ask(room, expires=_EXPIRES, idle_heartbeat=int(_HEARTBEAT * 1e9))

    async def take_upto(self, sequence: int, *, mine: Callable[[], int]) -> None:
        """Hears everything up to this stream sequence, then returns: the lock-step's way. `mine()` tells how many messages of
        this stream this process holds: the server may have given others to an earlier life of this agent, and they come
        again when its leases run out. Raises `Unavailable`."""
        while self._heard < sequence:
            upcoming = await next_sequence(self._nc, self.stream, self.filters, self._heard)
            if upcoming is None or upcoming > sequence:
                self._heard = sequence
            else:
                await self._take(until=upcoming)
        while not self._alone:
            told = await call(self._nc, f"CONSUMER.INFO.{self.stream}.{self._durable}")
            self._alone = told["num_ack_pending"] <= mine()
            if not self._alone:
                await self._take(until=0)

    async def _take(self, *, until: int) -> None:
        """Lets messages come: for a while, or until this sequence has been heard."""
        if self._requested < self._prefetch // 2:
            await self._ask(self._prefetch - self._requested, expires=1.0)
        deadline = monotonic() + 0.5
        while monotonic() < deadline:
            self._heard_more.clear()
            if 0 < until <= self._heard:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._heard_more.wait(), 0.1)
                if not until:
                    return

    async def _ask(self, count: int, *, expires: float, **more: int) -> None:
        self._requested += count
        question = {"batch": count, "expires": int(expires * 1e9), **more}
        await self._nc.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self._durable}", json.dumps(question).encode(), reply=self._inbox
        )

    async def _hear(self, msg: Msg) -> None:
        self._heard_at = monotonic()
        if msg.reply.startswith(ACK_PREFIX):
            self._requested = max(self._requested - 1, 0)
            place = Metadata.of(msg)
            self._hear_one(msg, place)
            self._heard = max(self._heard, place.sequence)
            self._heard_more.set()
        else:
            headers = msg.headers or {}
            if "Nats-Pending-Messages" in headers:  # a request's time is over, or its last message was sent
                self._requested = max(self._requested - int(headers["Nats-Pending-Messages"]), 0)
            elif headers.get("Status") != "100":
                log.info(
                    "request broken off", stream=self.stream, why=headers.get("Description", headers.get("Status"))
                )
                self._doubtful = True
        await self.refill()

    async def _watchdog(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT / 4)
            silent = self._requested > 0 and self._flowing and monotonic() - self._heard_at > _SILENCE
            if not (self._doubtful or silent) or not self._nc.is_connected:
                continue
            self._doubtful = False
            try:
                await self._make()
            except (ApiError, Unavailable) as failure:
                log.warning("cannot consume", stream=self.stream, problem=str(failure))
                self._doubtful = True
                continue
            self._requested = 0
            self._heard_at = monotonic()
            await self.refill()

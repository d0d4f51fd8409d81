"""Pull consumption, prefetched: one durable consumer per agent and stream, shared by the agent's replicas.

Asks `$JS.API.CONSUMER.MSG.NEXT` on an inbox of its own and asks for more at half, which spares nats-py's `fetch` its task and
timer per message. A watchdog asks afresh after a silence: heartbeats of a pull are missed by nobody else.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from bus.api import NOT_FOUND, ApiError, call, next_sequence
from bus.clock import monotonic

ACK = b"+ACK"
IN_PROGRESS = b"+WPI"
TERM = b"+TERM"

_EXPIRES = 20.0
"""Seconds a request stands at the server."""
_HEARTBEAT = 1.0
_SILENCE = 3 * _HEARTBEAT

log = structlog.get_logger("bus")


def nak(after: timedelta) -> bytes:
    """A refusal with a delay; a plain one would come back at once."""
    return b"-NAK " + json.dumps({"delay": int(after.total_seconds() * 1e9)}).encode()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a delivered message stands, from its reply subject `$JS.ACK.<stream>.<consumer>.<n>.<sequence>...`."""

    stream: str
    sequence: int
    stored_at: datetime

    @classmethod
    def of(cls, msg: Msg) -> "Place":
        token = msg.reply.split(".")
        if len(token) > 9:  # $JS.ACK.<domain>.<account>.<stream>...
            token = token[2:]
        return cls(token[2], int(token[5]), datetime.fromtimestamp(int(token[7]) / 1e9, tz=UTC))


class Consumer:
    """Hands every delivered message to `hear`, never holding more than `prefetch` requested beyond what `held()` tells."""

    def __init__(
        self,
        nc: Client,
        stream: str,
        durable: str,
        filters: tuple[str, ...],
        *,
        hear: Callable[[Msg], None],
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
        self._ack_wait = ack_wait
        self._requested = 0
        self._sub: Subscription | None = None
        self._heard_at = 0.0
        self._heard = 0
        self._heard_more = asyncio.Event()
        self._flowing = False
        self._watch: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Makes sure the durable consumer exists as declared (a differing one is mended) and listens to the inbox."""
        config = {
            "durable_name": self._durable,
            "filter_subjects": list(self.filters),
            "ack_policy": "explicit",
            "ack_wait": int(self._ack_wait.total_seconds() * 1e9),
            "max_deliver": -1,
            "max_ack_pending": 20_000,
            "deliver_policy": "all",
            "replay_policy": "instant",
        }
        told = await self._create(config)
        self._heard = told["ack_floor"]["stream_seq"]
        self._inbox = self._nc.new_inbox()
        self._sub = await self._nc.subscribe(self._inbox, cb=self._hear, pending_msgs_limit=0, pending_bytes_limit=0)

    async def _create(self, config: dict[str, Any]) -> Any:
        question = {"stream_name": self.stream, "config": config, "action": ""}
        try:
            return await call(self._nc, f"CONSUMER.CREATE.{self.stream}.{self._durable}", question)
        except ApiError as failure:
            if failure.code in NOT_FOUND:
                raise ApiError(
                    failure.code, f"there is no stream {self.stream}; run `irops provision` first", "open"
                ) from failure
            raise

    async def flow(self) -> None:
        """From now on messages are asked for as they are handled."""
        self._flowing = True
        if self._watch is None:
            self._watch = asyncio.create_task(self._watchdog())
        await self.refill()

    async def pause(self) -> None:
        """No more are asked for. What is on its way still arrives."""
        self._flowing = False

    async def close(self) -> None:
        await self.pause()
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._sub and not self._nc.is_closed:
            await self._sub.unsubscribe()

    async def refill(self) -> None:
        """Asks for more once half of what may be held is free."""
        room = self._prefetch - self._held() - self._requested
        if self._flowing and room >= self._prefetch // 2:
            await self._ask(room, expires=_EXPIRES, idle_heartbeat=int(_HEARTBEAT * 1e9))

    async def take_upto(self, sequence: int) -> None:
        """Hears everything up to this stream sequence, then returns: the lock-step's way. Raises `Unavailable`."""
        while True:
            upcoming = await next_sequence(self._nc, self.stream, self.filters, self._heard)
            if upcoming is None or upcoming > sequence:
                self._heard = max(self._heard, sequence)
                return
            deadline = monotonic() + 2 * self._ack_wait.total_seconds()
            await self._ask(self._prefetch, expires=1.0)
            while self._heard < upcoming:
                self._heard_more.clear()
                try:
                    await asyncio.wait_for(self._heard_more.wait(), 1.0)
                except TimeoutError:
                    if monotonic() > deadline:  # it was handled and acknowledged by an earlier life of this agent
                        self._heard = upcoming
                        break
                    await self._ask(self._prefetch, expires=1.0)

    async def _ask(self, count: int, *, expires: float, **more: int) -> None:
        self._requested += count
        question = {"batch": count, "expires": int(expires * 1e9), **more}
        await self._nc.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self._durable}", json.dumps(question).encode(), reply=self._inbox
        )

    async def _hear(self, msg: Msg) -> None:
        self._heard_at = monotonic()
        if not msg.reply.startswith("$JS.ACK."):
            headers = msg.headers or {}
            if headers.get("Status") != "100":  # the request is over: expired, interrupted, or its consumer gone
                self._requested -= int(headers.get("Nats-Pending-Messages", self._requested))
                self._requested = max(self._requested, 0)
        else:
            self._requested = max(self._requested - 1, 0)
            self._hear_one(msg)
            self._heard = max(self._heard, Place.of(msg).sequence)
        self._heard_more.set()
        if self._flowing:
            await self.refill()

    async def _watchdog(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT / 2)
            if self._flowing and self._nc.is_connected and monotonic() - self._heard_at > _SILENCE:
                self._requested = 0
                self._heard_at = monotonic()
                await self.refill()

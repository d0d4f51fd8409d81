"""An agent as a NATS micro service (ADR-32): discoverable, pingable, with stats, answering questions.

Not built on nats-py's own `nats.micro`, which answers an exception with its repr and stops by cancelling what is being
answered. Here an asker sees either what `AskFailed` says on purpose, or that the agent failed and nothing of how.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from bus.agent import Answer
from bus.clock import monotonic, wall
from bus.errors import AskFailed, StandDown
from bus.logs import frames_of, get_logger
from bus.wire.envelope import decode_error, decoder, encode
from contracts.subject import Ask

VERSION = "0.1.0"
_TYPE = "io.nats.micro.v1."

log = get_logger("bus")


@dataclass(slots=True)
class _Counts:
    requests: int = 0
    errors: int = 0
    seconds: float = 0.0
    last_error: str = ""


class Service:
    """`stats()` is JSON-able and travels in each endpoint's STATS; `stand_down` hears of a `StandDown`."""

    def __init__(
        self,
        nc: Client,
        name: str,
        answers: Mapping[Ask[Any, Any], Answer],
        *,
        stats: Callable[[], Any],
        stand_down: Callable[[BaseException], None],
    ) -> None:
        self._nc = nc
        self._answers = answers
        self._stats = stats
        self._stand_down = stand_down
        self._id = nc.new_inbox().rsplit(".", 1)[1]
        self._identity = {"name": name, "id": self._id, "version": VERSION, "metadata": {}}
        self._started = f"{wall():%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
        self._counts = {ask: _Counts() for ask in answers}
        self._subs: list[Subscription] = []

    async def start(self) -> None:
        for ask, answer in self._answers.items():
            self._subs.append(await self._nc.subscribe(ask.name, queue="q", cb=self._endpoint(ask, answer)))
        name = self._identity["name"]
        for verb, told in (("PING", self._ping), ("INFO", self._info), ("STATS", self._told)):
            for subject in (f"$SRV.{verb}", f"$SRV.{verb}.{name}", f"$SRV.{verb}.{name}.{self._id}"):
                self._subs.append(await self._nc.subscribe(subject, cb=_telling(told)))

    async def close(self) -> None:
        """Takes no more questions; returns when those it has are answered."""
        subs, self._subs = self._subs, []
        if self._nc.is_connected:
            await asyncio.gather(*(sub.drain() for sub in subs))  # type: ignore[no-untyped-call]

    def _endpoint(self, ask: Ask[Any, Any], answer: Answer) -> Callable[[Msg], Awaitable[None]]:
        counts = self._counts[ask]

        async def handle(msg: Msg) -> None:
            began = monotonic()
            headers: dict[str, str] | None = None
            reply = b""
            try:
                reply = encode(await answer(_question(ask, msg)))
            except AskFailed as failure:
                headers = _error(failure.code, failure.text)
            except StandDown as end:
                self._stand_down(end)
                headers = _error(503, f"this {ask.agent} has been replaced; ask again")
            except Exception as end:
                log.error("could not answer", ask=ask.name, exception=frames_of(end))
                headers = _error(500, f"{ask.agent} could not answer; its log says why")
            counts.requests += 1
            counts.seconds += monotonic() - began
            if headers:
                counts.errors += 1
                counts.last_error = ":".join(headers.values())
            if msg.reply:
                await self._nc.publish(msg.reply, reply, headers=headers)

        return handle

    def _ping(self) -> dict[str, Any]:
        return {**self._identity, "type": f"{_TYPE}ping_response"}

    def _info(self) -> dict[str, Any]:
        return {
            **self._identity,
            "type": f"{_TYPE}info_response",
            "description": f"irops agent {self._identity['name']}",
            "endpoints": [_endpoint_named(ask) for ask in self._answers],
        }

    def _told(self) -> dict[str, Any]:
        data = self._stats()
        return {
            **self._identity,
            "type": f"{_TYPE}stats_response",
            "started": self._started,
            "endpoints": [
                {
                    **_endpoint_named(ask),
                    "num_requests": counts.requests,
                    "num_errors": counts.errors,
                    "last_error": counts.last_error,
                    "processing_time": int(counts.seconds * 1e9),
                    "average_processing_time": int(counts.seconds * 1e9 / max(counts.requests, 1)),
                    "data": data,
                }
                for ask, counts in self._counts.items()
            ],
        }


def _question(ask: Ask[Any, Any], msg: Msg) -> Any:
    try:
        return decoder(ask.question).decode(msg.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        raise AskFailed(400, f"not a {ask.question.__name__}: {decode_error(failure)}") from failure


def _error(code: int, text: str) -> dict[str, str]:
    return {"Nats-Service-Error-Code": str(code), "Nats-Service-Error": " ".join(text.split())[:500]}


def _endpoint_named(ask: Ask[Any, Any]) -> dict[str, Any]:
    return {"name": ask.verb, "subject": ask.name, "queue_group": "q", "metadata": {}}


def _telling(told: Callable[[], Any]) -> Callable[[Msg], Awaitable[None]]:
    async def tell(msg: Msg) -> None:
        if msg.reply:
            await msg.respond(encode(told()))

    return tell

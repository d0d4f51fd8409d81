"""An agent as a NATS micro service (ADR-32): discoverable, with statistics, answering questions.

Not built on nats-py's `nats.micro`, which answers an exception with its repr and stops by cancelling what is being answered.
Here the asking side gets the text of an `AskFailed`, or that the agent failed and nothing of how.

Several questions are answered at once, so that one that waits for something holds up no other, and an agent may answer them
together.

Only a request whose reply goes to an inbox is answered. Anyone who may create a push consumer can aim it at a subject of a
service; the messages of its stream then arrive as requests, with an acknowledgement subject as their reply.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error

from bus.agent import Answer
from bus.causation import Cause, causing
from bus.clock import monotonic, wall
from bus.errors import AskFailed, StandDown, TooLarge
from bus.logs import frames_of, get_logger
from bus.wire.envelope import UNDECODABLE, cause_id_of, decode_error, decoder, encode, repeatable, trace_of
from contracts.subject import Ask

VERSION = "0.1.0"
_TYPE = "io.nats.micro.v1."
_INBOX = "_INBOX."
AT_ONCE = 64
"""So many questions of one kind are being answered at most; the others wait in the subscription."""

log = get_logger("bus")


@dataclass(slots=True)
class _Counts:
    requests: int = 0
    errors: int = 0
    seconds: float = 0.0
    last_error: str = ""


class Service:
    """`envelope` makes the headers of an answer, as `Bus.envelope` does; `metadata` describes the agent; `paused()` says why it
    takes no work, and is empty where it does; `stats()` returns JSON types, which travel in each endpoint's STATS;
    `on_stand_down` is called with a `StandDown` that an answer raised."""

    def __init__(
        self,
        nc: Client,
        name: str,
        answers: Mapping[Ask[Any, Any], Answer],
        *,
        envelope: Callable[..., dict[str, str]],
        metadata: Mapping[str, str],
        paused: Callable[[], str],
        stats: Callable[[], Any],
        on_stand_down: Callable[[BaseException], None],
    ) -> None:
        self._nc = nc
        self._answers = answers
        self._envelope = envelope
        self._stats = stats
        self._paused = paused
        self._on_stand_down = on_stand_down
        self._id = nc.new_inbox().rsplit(".", 1)[1]
        self._metadata = dict(metadata)
        self._identity = {"name": name, "id": self._id, "version": VERSION, "metadata": self._metadata}
        self._started = f"{wall():%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
        self._counts = {ask: _Counts() for ask in answers}
        self._subs: list[Subscription] = []
        self._answering: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        for ask, answer in self._answers.items():
            self._subs.append(await self._nc.subscribe(ask.name, queue="q", cb=self._endpoint(ask, answer)))
        name = self._identity["name"]
        for verb, respond in (("PING", self._ping), ("INFO", self._info), ("STATS", self._statistics)):
            for subject in (f"$SRV.{verb}", f"$SRV.{verb}.{name}", f"$SRV.{verb}.{name}.{self._id}"):
                self._subs.append(await self._nc.subscribe(subject, cb=_responder(respond)))

    async def close(self) -> None:
        """Takes no more questions. Returns when those it has are answered."""
        subs, self._subs = self._subs, []
        if self._nc.is_connected:
            await asyncio.gather(*(sub.drain() for sub in subs))  # type: ignore[no-untyped-call]
        await asyncio.gather(*self._answering, return_exceptions=True)

    def _endpoint(self, ask: Ask[Any, Any], answer: Answer) -> Callable[[Msg], Awaitable[None]]:
        room = asyncio.Semaphore(AT_ONCE)

        async def handle(msg: Msg) -> None:
            if not _is_request(msg):
                log.warning("not a request, ignored", ask=ask.name, reply=msg.reply)
                return
            await room.acquire()
            task = asyncio.create_task(self._reply(ask, answer, msg))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
            task.add_done_callback(lambda _task: room.release())

        return handle

    async def _reply(self, ask: Ask[Any, Any], answer: Answer, msg: Msg) -> None:
        began, counts, cause = monotonic(), self._counts[ask], _cause(ask, msg)
        with causing(cause):
            reply, headers, error = await self._answer(ask, answer, msg, cause)
        try:
            await self._nc.publish(msg.reply, reply, headers=headers | error)
        except TooLarge as failure:
            error = _error(413, f"the answer is too large: {failure.size:,} bytes, at most {failure.limit:,}")
            await self._nc.publish(msg.reply, b"", headers=error)
        except Error as failure:
            log.warning("answer not sent", ask=ask.name, problem=str(failure))
            error = _error(503, "the answer could not be sent")
        counts.requests += 1
        counts.seconds += monotonic() - began
        if error:
            counts.errors += 1
            counts.last_error = ":".join(error.values())

    async def _answer(
        self, ask: Ask[Any, Any], answer: Answer, msg: Msg, cause: Cause
    ) -> tuple[bytes, dict[str, str], dict[str, str]]:
        """The reply's payload and headers, and the headers of an error."""
        try:
            reply = await answer(_question(ask, msg))
            return encode(reply), self._envelope(f"{cause.id}.answer", reply, cause=cause), {}
        except AskFailed as failure:
            return b"", {}, _error(failure.code, failure.text)
        except StandDown as failure:
            self._on_stand_down(failure)
            return b"", {}, _error(503, f"this {ask.agent} has been replaced; ask again")
        except Exception as failure:
            log.error("could not answer", ask=ask.name, exception=frames_of(failure))
            return b"", {}, _error(500, f"{ask.agent} could not answer; its log says why")

    def _who(self) -> dict[str, Any]:
        """Its identity; while it is paused the metadata says so."""
        why = self._paused()
        return {**self._identity, "metadata": {**self._metadata, "paused": why}} if why else self._identity

    def _ping(self) -> dict[str, Any]:
        return {**self._who(), "type": f"{_TYPE}ping_response"}

    def _info(self) -> dict[str, Any]:
        return {
            **self._who(),
            "type": f"{_TYPE}info_response",
            "description": f"irops agent {self._identity['name']}",
            "endpoints": [_described(ask) for ask in self._answers],
        }

    def _statistics(self) -> dict[str, Any]:
        data = self._stats()
        return {
            **self._who(),
            "type": f"{_TYPE}stats_response",
            "started": self._started,
            "endpoints": [
                {
                    **_described(ask),
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


def _is_request(msg: Msg) -> bool:
    return bool(msg.reply.startswith(_INBOX))


def _cause(ask: Ask[Any, Any], msg: Msg) -> Cause:
    """The question as the cause of what is written because of it. It is stored nowhere: its id says what was asked."""
    headers = msg.headers or {}
    identity = repeatable(headers.get("ce-id", "")) or f"{ask.name}.{uuid.uuid4().hex}"
    return Cause(identity, trace_of(headers, identity), cause_id_of(headers))


def _question(ask: Ask[Any, Any], msg: Msg) -> Any:
    try:
        return decoder(ask.question).decode(msg.data)
    except UNDECODABLE as failure:
        raise AskFailed(400, f"not a {ask.question.__name__}: {decode_error(failure)}") from failure


def _error(code: int, text: str) -> dict[str, str]:
    return {"Nats-Service-Error-Code": str(code), "Nats-Service-Error": " ".join(text.split())[:500]}


def _described(ask: Ask[Any, Any]) -> dict[str, Any]:
    return {"name": ask.verb, "subject": ask.name, "queue_group": "q", "metadata": {}}


def _responder(respond: Callable[[], Any]) -> Callable[[Msg], Awaitable[None]]:
    async def handle(msg: Msg) -> None:
        if _is_request(msg):
            await msg.respond(encode(respond()))

    return handle

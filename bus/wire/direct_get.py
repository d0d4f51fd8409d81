"""Batched direct get: the latest message of many subjects in one request.

One inbox serves all requests of a connection; the last token tells whose answer a message is. The server ends each answer
with a status message (204 end of batch, 404 nothing found).

Any replica of the stream may answer, and one that is behind answers with the past. It says up to which sequence it has read
(in a 204; a 404 does not tell), so whoever knows what must be there can tell, and asks the leader instead.
"""

import asyncio
import json
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from bus.errors import Unavailable
from bus.wire.api import NO_MESSAGE, ApiError, call
from bus.wire.envelope import is_removal, parse_time
from bus.wire.headers import parse_headers

_MOST = 500
"""Subjects asked for at once; the server answers at most 1,024."""
_PAGE = 5000
"""Messages read on at once: many, so that the server sends while these are taken apart."""


@dataclass(frozen=True, slots=True)
class Raw:
    subject: str
    sequence: int
    data: bytes
    headers: dict[str, str]
    removed: bool

    @property
    def stored_at(self) -> datetime:
        return parse_time(self.headers["Nats-Time-Stamp"])


@dataclass(slots=True)
class Answered:
    found: list[Raw] = field(default_factory=list)
    upto: int = 0
    """The stream sequence that whoever answered had reached; 0 if it did not tell."""


@dataclass(slots=True)
class _Pending:
    done: asyncio.Future[None]
    answer: Answered = field(default_factory=Answered)


class DirectGet:
    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._inbox = ""
        self._asked = 0
        self._pending: dict[str, _Pending] = {}

    async def latest(
        self, stream: str, subjects: list[str], *, at_least: int = 0, timeout: float = 2, tries: int = 10
    ) -> list[Raw]:
        """The latest message of each subject that has one, in stream order within each 500, as the stream was at that sequence
        or later. Raises `Unavailable`."""
        found: list[Raw] = []
        for i in range(0, len(subjects), _MOST):
            chunk = subjects[i : i + _MOST]
            question = {"multi_last": chunk}
            told = await self.answered(stream, question, f"{len(chunk)} keys", timeout=timeout, tries=tries)
            found += told.found if told.upto >= at_least else await self._of_leader(stream, chunk)
        return found

    async def following(
        self, stream: str, subject: str, after: int, *, timeout: float = 5, tries: int = 10
    ) -> list[Raw]:
        """The next messages after a sequence that `subject` matches, in stream order: some thousands, or none at the end."""
        question = {"seq": after + 1, "next_by_subj": subject, "batch": _PAGE}
        return (await self.answered(stream, question, f"messages of {subject}", timeout=timeout, tries=tries)).found

    async def answered(self, stream: str, asked: dict[str, Any], what: str, *, timeout: float, tries: int) -> Answered:
        """The answer of whichever replica it is."""
        question = json.dumps(asked).encode()
        for _ in range(tries):
            token = await self._ask(stream, question)
            pending = self._pending[token]
            try:
                await asyncio.wait_for(pending.done, timeout)
                return pending.answer
            except (TimeoutError, ConnectionError):
                await asyncio.sleep(timeout / 20)
            finally:
                del self._pending[token]
        raise Unavailable(f"{stream} did not answer for {what} in {tries} tries of {timeout:g} s")

    async def _of_leader(self, stream: str, subjects: list[str]) -> list[Raw]:
        """The latest of each, with everything acknowledged before the question."""
        found = await asyncio.gather(*(self._last(stream, subject) for subject in subjects))
        return sorted((raw for raw in found if raw), key=lambda raw: raw.sequence)

    async def _last(self, stream: str, subject: str) -> Raw | None:
        try:
            told = (await call(self._nc, f"STREAM.MSG.GET.{stream}", {"last_by_subj": subject}))["message"]
        except ApiError as failure:
            if failure.code == NO_MESSAGE:
                return None
            raise
        headers = parse_headers(b64decode(told.get("hdrs", ""))) | {"Nats-Time-Stamp": told["time"]}
        return Raw(subject, told["seq"], b64decode(told.get("data", "")), headers, is_removal(headers))

    async def _ask(self, stream: str, question: bytes) -> str:
        if not self._inbox:
            self._inbox = self._nc.new_inbox()
            await self._nc.subscribe(f"{self._inbox}.*", cb=self._hear, pending_msgs_limit=0, pending_bytes_limit=0)
        self._asked += 1
        token = str(self._asked)
        self._pending[token] = _Pending(asyncio.get_running_loop().create_future())
        await self._nc.publish(f"$JS.API.DIRECT.GET.{stream}", question, reply=f"{self._inbox}.{token}")
        return token

    async def _hear(self, msg: Msg) -> None:
        pending = self._pending.get(msg.subject.rsplit(".", 1)[1])
        if pending is None or pending.done.done():
            return
        headers = msg.headers or {}
        if "Nats-Subject" in headers:
            pending.answer.found.append(
                Raw(
                    subject=headers["Nats-Subject"],
                    sequence=int(headers["Nats-Sequence"]),
                    data=msg.data,
                    headers=headers,
                    removed=is_removal(headers),
                )
            )
        elif headers.get("Status") in {"204", "404"}:
            pending.answer.upto = int(headers.get("Nats-UpTo-Sequence", "0"))
            pending.done.set_result(None)
        elif "Status" in headers:
            pending.done.set_exception(ConnectionError(f"{headers.get('Status')} {headers.get('Description', '')}"))

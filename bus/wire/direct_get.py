"""Batched direct get: the latest message of many subjects in one request.

One inbox serves all requests of a connection; its last token identifies the request. The server ends each answer with a status
message (204 end of batch, 404 nothing found).

Any replica of the stream may answer, and one that is behind answers with the past. A 204 says up to which sequence the replica
has read (a 404 does not), so a reader that knows what must be there can tell, and asks the leader instead.
"""

import asyncio
import json
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec import Struct
from nats.aio.client import Client
from nats.aio.msg import Msg

from bus.errors import ApiError
from bus.wire.api import NO_MESSAGE, call
from bus.wire.envelope import first_stored_at, is_removal, parse_time
from bus.wire.headers import parse_headers
from bus.wire.retrying import TryAgain, check_permitted, retry

_MOST = 500
"""Subjects in one request; the server answers at most 1,024."""
_PAGE = 5000
"""Messages in one page of a stream: many, so that the server sends while these are decoded."""


class Raw(Struct, frozen=True, gc=False):
    """A stored message, not decoded."""

    subject: str
    sequence: int
    data: bytes
    headers: dict[str, str]
    removed: bool

    @property
    def stored_at(self) -> datetime:
        return first_stored_at(self.headers, parse_time(self.headers["Nats-Time-Stamp"]))


@dataclass(slots=True)
class Answered:
    """The answer to one request."""

    found: list[Raw] = field(default_factory=list)
    upto: int = 0
    """Stream sequence that the answering replica had reached; 0 when it did not say."""


@dataclass(slots=True)
class _Pending:
    done: asyncio.Future[None]
    answer: Answered = field(default_factory=Answered)


class DirectGet:
    """Reads of one connection."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._inbox = ""
        self._asked = 0
        self._pending: dict[str, _Pending] = {}

    async def latest(
        self, stream: str, subjects: list[str], *, at_least: int = 0, timeout: float = 2, tries: int = 10
    ) -> list[Raw]:
        """The latest message of each subject that has one, in stream order within each 500, as of the stream sequence
        `at_least` or later. Raises `Unavailable`."""
        found: list[Raw] = []
        for i in range(0, len(subjects), _MOST):
            chunk = subjects[i : i + _MOST]
            question = {"multi_last": chunk}
            answer = await self.answered(stream, question, f"{len(chunk)} keys", timeout=timeout, tries=tries)
            found += answer.found if answer.upto >= at_least else await self._of_leader(stream, chunk)
        return found

    async def following(
        self, stream: str, subject: str, after: int, *, timeout: float = 5, tries: int = 10
    ) -> list[Raw]:
        """The next messages after a sequence that `subject` matches, in stream order: some thousands; empty at the end."""
        question = {"seq": after + 1, "next_by_subj": subject, "batch": _PAGE}
        return (await self.answered(stream, question, f"messages of {subject}", timeout=timeout, tries=tries)).found

    async def answered(
        self, stream: str, question: dict[str, Any], what: str, *, timeout: float, tries: int
    ) -> Answered:
        """The answer of any replica. Raises `Unavailable`."""
        subject, payload = f"$JS.API.DIRECT.GET.{stream}", json.dumps(question).encode()
        what = f"reading {what} from {stream}"

        async def attempt(_number: int) -> Answered:
            token = await self._ask(subject, payload)
            pending = self._pending[token]
            try:
                await asyncio.wait_for(pending.done, timeout)
            except TimeoutError as failure:
                check_permitted(self._nc, [subject], what=what)
                raise TryAgain(f"not answered in {timeout:g} s") from failure
            finally:
                del self._pending[token]
            return pending.answer

        return await retry(attempt, what=what, tries=tries)

    async def _of_leader(self, stream: str, subjects: list[str]) -> list[Raw]:
        """The latest of each, including everything acknowledged before the question."""
        found = await asyncio.gather(*(self._last(stream, subject) for subject in subjects))
        return sorted((raw for raw in found if raw), key=lambda raw: raw.sequence)

    async def _last(self, stream: str, subject: str) -> Raw | None:
        try:
            stored = (await call(self._nc, f"STREAM.MSG.GET.{stream}", {"last_by_subj": subject}))["message"]
        except ApiError as failure:
            if failure.code == NO_MESSAGE:
                return None
            raise
        headers = parse_headers(b64decode(stored.get("hdrs", ""))) | {"Nats-Time-Stamp": stored["time"]}
        return Raw(subject, stored["seq"], b64decode(stored.get("data", "")), headers, is_removal(headers))

    async def _ask(self, subject: str, payload: bytes) -> str:
        if not self._inbox:
            self._inbox = self._nc.new_inbox()
            await self._nc.subscribe(f"{self._inbox}.*", cb=self._receive, pending_msgs_limit=0, pending_bytes_limit=0)
        self._asked += 1
        token = str(self._asked)
        self._pending[token] = _Pending(asyncio.get_running_loop().create_future())
        await self._nc.publish(subject, payload, reply=f"{self._inbox}.{token}")
        return token

    async def _receive(self, msg: Msg) -> None:
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
            why = f"{headers.get('Status')} {headers.get('Description', '')}"
            pending.done.set_exception(TryAgain(why.strip()))

"""Batched direct get: the latest message of many subjects in one request.

One inbox serves all requests of a connection; the last token tells whose answer a message is. The server ends each answer
with a status message (204 end of batch, 404 nothing found).
"""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from bus.envelope import parse_time
from bus.errors import Unavailable

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
class _Pending:
    done: asyncio.Future[None]
    found: list[Raw] = field(default_factory=list)


class DirectGet:
    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._inbox = ""
        self._asked = 0
        self._pending: dict[str, _Pending] = {}

    async def latest(self, stream: str, subjects: list[str], *, timeout: float = 2, tries: int = 10) -> list[Raw]:
        """The latest message of each subject that has one, in stream order within each 500. Raises `Unavailable`."""
        found: list[Raw] = []
        for i in range(0, len(subjects), _MOST):
            found += await self._chunk(stream, subjects[i : i + _MOST], timeout, tries)
        return found

    async def following(
        self, stream: str, subject: str, after: int, *, timeout: float = 5, tries: int = 10
    ) -> list[Raw]:
        """The next messages after a sequence that `subject` matches, in stream order: some thousands, or none at the end."""
        question = {"seq": after + 1, "next_by_subj": subject, "batch": _PAGE}
        return await self._answered(stream, question, f"messages of {subject}", timeout, tries)

    async def _chunk(self, stream: str, subjects: list[str], timeout: float, tries: int) -> list[Raw]:
        return await self._answered(stream, {"multi_last": subjects}, f"{len(subjects)} keys", timeout, tries)

    async def _answered(self, stream: str, asked: dict[str, Any], what: str, timeout: float, tries: int) -> list[Raw]:
        question = json.dumps(asked).encode()
        for _ in range(tries):
            token = await self._ask(stream, question)
            pending = self._pending[token]
            try:
                await asyncio.wait_for(pending.done, timeout)
                return pending.found
            except (TimeoutError, ConnectionError):
                await asyncio.sleep(timeout / 20)
            finally:
                del self._pending[token]
        raise Unavailable(f"{stream} did not answer for {what} in {tries} tries of {timeout:g} s")

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
            pending.found.append(
                Raw(
                    subject=headers["Nats-Subject"],
                    sequence=int(headers["Nats-Sequence"]),
                    data=msg.data,
                    headers=headers,
                    removed="KV-Operation" in headers or "Nats-Marker-Reason" in headers,
                )
            )
        elif headers.get("Status") in {"204", "404"}:
            pending.done.set_result(None)
        elif "Status" in headers:
            pending.done.set_exception(ConnectionError(f"{headers.get('Status')} {headers.get('Description', '')}"))

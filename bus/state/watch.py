"""Watches subjects of any streams from outside: one consumer per stream; each message once, decoded, in stream order.

A program that shows what happens in a running system follows it this way. Reading `Bus.history` again and again makes the
server count the pending messages of the filter for each question, which is a quarter of its CPU at two questions a second.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from bus.delivery import Recorded
from bus.logs import address, frames_of, get_logger
from bus.wire.api import last_matching, last_sequence
from bus.wire.envelope import (
    UNDECODABLE,
    cause_id_of,
    decode_error,
    decoder,
    first_stored_at,
    identity_of,
    is_removal,
    trace_of,
)
from bus.wire.follow import Follower
from bus.wire.metadata import Metadata
from contracts.subject import Subject

M = TypeVar("M", bound=msgspec.Struct)

log = get_logger("bus")


@dataclass(frozen=True, slots=True)
class _Route:
    subject: Subject[Any]
    on_message: Callable[[Recorded[Any]], None]
    on_removal: Callable[[str], None] | None
    after: int | None


class Watch:
    """Add subjects with `add`, then `start`. Callbacks run in the event loop, one at a time per stream."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._routes: dict[str, list[_Route]] = {}
        self._followers: list[Follower] = []
        self._moved = asyncio.Event()
        self._idle: set[str] = set()

    def add(
        self,
        subject: Subject[M],
        on_message: Callable[[Recorded[M]], None],
        *,
        on_removal: Callable[[str], None] | None = None,
        after: int | None = None,
    ) -> None:
        """Calls `on_message` with each message of the subject after the stream sequence `after` (0: from the first; None: from
        the end of the stream at `start`), and `on_removal` with the subject name of each removed state.

        A message that does not decode, and an exception in a callback, are logged; the watch goes on. Raises `RuntimeError`
        once it has started.
        """
        if self._followers:
            raise RuntimeError(f"the watch has started: add {subject.pattern} before `start`")
        self._routes.setdefault(subject.stream, []).append(_Route(subject, on_message, on_removal, after))

    async def start(self) -> None:
        """Returns once every message that was stored before the call has been passed to its callback. Raises `ApiError` where a
        stream does not exist, and `Unavailable`; call `stop` then."""
        for stream, routes in self._routes.items():
            await self._start(stream, routes)

    async def stop(self) -> None:
        """Removes the consumers. No callback is called after it."""
        followers, self._followers = self._followers, []
        for follower in followers:
            await follower.stop()

    async def _start(self, stream: str, routes: list[_Route]) -> None:
        end = await last_sequence(self._nc, stream)
        routes = [_begin(route, end) for route in routes]
        filters = tuple({route.subject.filter: None for route in routes})
        goal = await self._last_match(stream, filters)
        follower = Follower(
            self._nc,
            stream,
            filters,
            on_message=partial(self._receive, routes),
            on_idle=partial(self._became_idle, stream),
            after=min(route.after or 0 for route in routes),
        )
        self._followers.append(follower)
        await follower.start()
        while follower.sequence < goal:
            self._moved.clear()
            await self._moved.wait()
            if stream in self._idle:  # the last match may have expired, or this replica is behind
                self._idle.discard(stream)
                goal = await self._last_match(stream, filters)

    async def _last_match(self, stream: str, filters: Sequence[str]) -> int:
        return max(await asyncio.gather(*(last_matching(self._nc, stream, subject) for subject in filters)))

    def _became_idle(self, stream: str, _current_at: float) -> None:
        self._idle.add(stream)
        self._moved.set()

    def _receive(self, routes: Sequence[_Route], msg: Msg, metadata: Metadata, _current_at: float) -> None:
        self._moved.set()
        for route in routes:
            if metadata.sequence > (route.after or 0) and matches(route.subject.filter, msg.subject):
                try:
                    _pass_on(route, msg, metadata)
                except Exception as failure:
                    subject = address(route.subject.pattern, msg.subject)
                    log.error(
                        "watcher failed", exception=frames_of(failure), subject=subject, sequence=metadata.sequence
                    )


def _begin(route: _Route, end: int) -> _Route:
    """The route with its start position, where the stream ends at the sequence `end`."""
    after = end if route.after is None else route.after
    return _Route(route.subject, route.on_message, route.on_removal, after)


def _pass_on(route: _Route, msg: Msg, metadata: Metadata) -> None:
    if is_removal(msg.headers):
        if route.on_removal:
            route.on_removal(msg.subject)
        return
    try:
        message = decoder(route.subject.message).decode(msg.data)
    except UNDECODABLE as failure:
        subject = address(route.subject.pattern, msg.subject)
        log.warning("not decoded", subject=subject, sequence=metadata.sequence, problem=decode_error(failure))
        return
    stored_at = first_stored_at(msg.headers, metadata.stored_at)
    identity = identity_of(msg.headers, metadata.stream, metadata.sequence)
    trace = trace_of(msg.headers, identity)
    route.on_message(
        Recorded(msg.subject, message, metadata.sequence, stored_at, trace, identity, cause_id_of(msg.headers))
    )


def matches(pattern: str, subject: str) -> bool:
    """Whether a NATS filter without `>` matches a subject."""
    wanted, tokens = pattern.split("."), subject.split(".")
    return len(wanted) == len(tokens) and all(w in {"*", t} for w, t in zip(wanted, tokens, strict=True))

"""The system's streams as the server has them: those of the contracts, and those that agents own."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from nats.aio.client import Client

from bus.admin.stream_config import is_marked
from bus.wire.api import call

_TIMEOUT = 6.0
"""Seconds; the server itself waits 4 s for streams whose node is down, and then answers without them."""


@dataclass(frozen=True, slots=True)
class StreamState:
    name: str
    what: str
    """The stream's description."""
    messages: int
    bytes: int
    last_sequence: int
    max_age: timedelta | None
    """How long messages are kept; None: for ever."""
    copies: int


@dataclass(slots=True)
class StreamListing:
    found: list[StreamState] = field(default_factory=list)
    """Sorted by name."""
    silent: list[str] = field(default_factory=list)
    """Names of streams that did not answer, as when the node of their only copy is down. Whose they are is not known."""


async def list_streams(nc: Client) -> StreamListing:
    """All streams that provisioning created on this account. Raises `ApiError`, `Unavailable`."""
    streams = StreamListing()
    offset = 0
    while True:
        page = await call(nc, "STREAM.LIST", {"offset": offset}, timeout=_TIMEOUT, tries=2)
        infos = page["streams"] or []
        streams.found += [state_of(info) for info in infos if is_marked(info["config"])]
        streams.silent += page.get("missing") or []
        offset += len(infos)
        if not infos or offset >= page["total"]:
            break
    streams.found.sort(key=lambda stream: stream.name)
    return streams


async def stream_state(nc: Client, stream: str) -> StreamState:
    """One stream. Raises `ApiError` where there is none, `Unavailable`."""
    return state_of(await call(nc, f"STREAM.INFO.{stream}"))


def state_of(info: Any) -> StreamState:
    """From the server's answer to STREAM.INFO."""
    config, state = info["config"], info["state"]
    age = config.get("max_age", 0)
    return StreamState(
        name=config["name"],
        what=config.get("description", ""),
        messages=state["messages"],
        bytes=state["bytes"],
        last_sequence=state["last_seq"],
        max_age=timedelta(microseconds=age // 1000) if age else None,
        copies=config["num_replicas"],
    )

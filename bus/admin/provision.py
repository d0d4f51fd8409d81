"""Makes the server's streams what `contracts.streams` says, and sets the clock. Running it twice changes nothing.

No stream allows roll-ups or schedules: with either, whoever may publish one subject could rewrite the stream.
"""

from collections.abc import Sequence
from typing import Any

from nats.aio.client import Client

from bus.clock import wall
from bus.wire.api import NOT_FOUND, WRONG_LAST_SEQUENCE, ApiError, call
from bus.wire.envelope import encode
from bus.wire.publish import publish
from contracts.clock import CLOCK, Clock
from contracts.streams import Stream


def wanted(stream: Stream, *, replicas: int = 1) -> dict[str, Any]:
    """The stream's configuration in the server's own words."""
    return {
        "name": stream.name,
        "description": stream.what,
        "subjects": list(stream.subjects),
        "retention": "limits",
        "storage": "file",
        "num_replicas": replicas,
        "max_age": int(stream.max_age.total_seconds() * 1e9) if stream.max_age else 0,
        "max_msgs_per_subject": -1 if stream.every_message else 1,
        "discard": "old",
        "allow_atomic": True,
        "allow_direct": True,
        "allow_msg_ttl": True,
        "allow_rollup_hdrs": False,
        "allow_msg_schedules": False,
        "deny_delete": False,
        "deny_purge": False,
    }


async def provision(nc: Client, streams: Sequence[Stream], *, replicas: int = 1) -> list[str]:
    """Creates what is missing and mends what differs; answers a line for each change. Raises `ApiError`, `Unavailable`."""
    changes: list[str] = []
    for stream in streams:
        config = wanted(stream, replicas=replicas)
        try:
            told = await call(nc, f"STREAM.INFO.{stream.name}")
        except ApiError as failure:
            if failure.code not in NOT_FOUND:
                raise
            await call(nc, f"STREAM.CREATE.{stream.name}", config)
            changes.append(f"created {stream.name} ({', '.join(stream.subjects)})")
            continue
        found = told["config"]
        differs = {
            key: (found.get(key), value) for key, value in config.items() if (found.get(key) or None) != (value or None)
        }
        if differs:
            await call(nc, f"STREAM.UPDATE.{stream.name}", {**found, **config})
            changes += [f"mended {stream.name}: {key} was {was!r}, is {now!r}" for key, (was, now) in differs.items()]
    return changes


async def set_clock(nc: Client, clock: Clock | None = None) -> None:
    """Sets the time everyone goes by; without one, the wall clock, and only where nobody has set it before."""
    now = wall()
    payload = encode(clock or Clock(now=now, at=now))
    headers = {} if clock else {"Nats-Expected-Last-Subject-Sequence": "0"}
    try:
        await publish(nc, CLOCK.pattern, payload, headers)
    except ApiError as failure:
        if clock or failure.code != WRONG_LAST_SEQUENCE:
            raise

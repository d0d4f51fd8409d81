"""A connection that never gives up by itself, and says so when it had to.

Settings here answer traps of nats-py 2.16: it stops reconnecting after 60 attempts unless told not to, and an error
callback that raises kills its reader.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import nats
from nats.aio.client import Client

from bus.logs import get_logger
from bus.tasks import cancel
from bus.wire.headers import QuickClient

log = get_logger("bus")


async def connect(
    url: str,
    *,
    name: str,
    key: str | None = None,
    on_closed: Callable[[], None] | None = None,
    on_reconnect: Callable[[], None] | None = None,
    on_error: Callable[[Exception], None] | None = None,
) -> Client:
    """Connects, waiting as long as it takes. `key` is an nkey's seed; `on_closed` is called when the connection is gone for
    good, `on_error` for whatever goes wrong before."""

    told: set[str] = set()

    async def error(failure: Exception) -> None:
        if on_error:
            on_error(failure)
        problem = f"{type(failure).__name__}: {failure}"
        if problem in told:  # it is tried again ten times a second
            return
        told.add(problem)
        admitted = "Authorization Violation" not in problem
        hint = {} if admitted else {"hint": "set IROPS_KEYS to the folder that `irops users` made for this server"}
        log.warning("connection", problem=problem, **hint)

    async def closed() -> None:
        if on_closed:
            on_closed()

    async def reconnected() -> None:
        told.clear()
        log.info("reconnected")
        if on_reconnect:
            on_reconnect()

    nc = QuickClient()
    await nc.connect(
        url,
        name=name,
        nkeys_seed_str=key,
        error_cb=error,
        closed_cb=closed,
        reconnected_cb=reconnected,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.1,  # type: ignore[arg-type]  # it is slept: a fraction will do
        connect_timeout=2,
        ping_interval=10,
        max_outstanding_pings=2,
        pending_size=64 * 1024 * 1024,
        inbox_prefix=f"_INBOX.{name}",
        skip_subject_validation=True,  # `Subject` has checked every token; this would check each subject again
    )
    return nc


async def connect_within(
    time: timedelta, url: str, *, name: str, key: str | None, on_error: Callable[[Exception], None]
) -> Client | None:
    """The same, for who does not wait longer: None where there was no connection by then."""
    task = asyncio.create_task(connect(url, name=name, key=key, on_error=on_error))
    try:
        await asyncio.wait({task}, timeout=time.total_seconds())
        return task.result() if task.done() else None
    finally:
        if not task.done():
            await cancel(task)


async def close(nc: Client) -> None:
    """Flushes what was published, then closes. (`drain` hangs on a pull subscription.)"""
    if nc.is_connected:
        try:
            await nc.flush(timeout=2)
        except (TimeoutError, nats.errors.Error) as failure:
            log.warning("not flushed", problem=str(failure))
    await nc.close()

"""Connects, for as long as it takes, and says why it has not yet.

Options here answer traps of nats-py 2.16: it stops reconnecting after 60 attempts unless configured not to, an error callback
that raises kills its reader, and it tries a refused login ten times a second for ever.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import nats
from nats.aio.client import Client

from bus.errors import Unavailable, Unreachable
from bus.logs import get_logger
from bus.tasks import cancel
from bus.wire.causes import cause, denied, is_refusal
from bus.wire.client import IropsClient
from bus.wire.endpoint import Endpoint

_PAUSE = 0.1
"""Seconds between two attempts to connect..."""
_PAUSE_REFUSED = 2.0
"""...and after the server refused the login, which seldom changes."""

log = get_logger("bus")


class _Reporter:
    """Logs each problem of a connection once, until it is connected again."""

    def __init__(self, nc: IropsClient, on_problem: Callable[[str, bool], object] | None) -> None:
        self._nc = nc
        self._on_problem = on_problem
        self._logged: set[str] = set()

    async def error(self, failure: Exception) -> None:
        problem, refused = cause(failure), is_refusal(failure)
        if not denied(failure) and not self._nc.is_connected:
            problem = f"cannot connect to {self._nc.dialled}: {problem}"
            self._nc.options["reconnect_time_wait"] = _PAUSE_REFUSED if refused else _PAUSE
        if self._on_problem:
            self._on_problem(problem, refused)
        if problem not in self._logged:
            self._logged.add(problem)
            log.warning("connection", problem=problem)

    def connected(self) -> None:
        self._logged.clear()
        self._nc.denied.clear()
        self._nc.options["reconnect_time_wait"] = _PAUSE


async def connect(
    where: str | Endpoint,
    *,
    name: str,
    on_closed: Callable[[], None] | None = None,
    on_reconnect: Callable[[], None] | None = None,
    on_problem: Callable[[str, bool], object] | None = None,
) -> Client:
    """Connects to any of the servers, waiting as long as it takes; `where` is an `Endpoint` or what `Endpoint.parse` reads.

    `name` is the client's name and the prefix of its inboxes. `on_problem` gets the cause of each failed attempt in one
    line, and whether a server was reached; `on_closed` is called when the connection is gone for good. Raises `ValueError`
    for addresses that do not parse, `OSError` for a certificate file that cannot be used.
    """
    endpoint = Endpoint.parse(where) if isinstance(where, str) else where
    nc = IropsClient(demands_tls=endpoint.wants_tls)
    reporter = _Reporter(nc, on_problem)

    async def closed() -> None:
        if on_closed:
            on_closed()

    async def reconnected() -> None:
        reporter.connected()
        log.info("reconnected", server=nc.dialled)
        if on_reconnect:
            on_reconnect()

    await nc.connect(
        list(endpoint.servers),
        name=name,
        nkeys_seed_str=endpoint.seed,
        user_credentials=str(endpoint.creds) if endpoint.creds else None,
        user=endpoint.user or None,
        password=endpoint.password if endpoint.user else None,
        token=endpoint.token or None,
        tls=endpoint.ssl_context() if endpoint.wants_tls else None,
        tls_handshake_first=endpoint.tls_first,
        error_cb=reporter.error,
        closed_cb=closed,
        reconnected_cb=reconnected,
        max_reconnect_attempts=-1,
        reconnect_time_wait=_PAUSE,  # type: ignore[arg-type]  # it is slept: a fraction will do
        connect_timeout=2,
        ping_interval=10,
        max_outstanding_pings=2,
        pending_size=64 * 1024 * 1024,
        inbox_prefix=f"_INBOX.{name}",
        skip_subject_validation=True,  # `Subject` has checked every token; this would check each subject again
    )
    reporter.connected()
    return nc


async def connect_within(time: timedelta, where: str | Endpoint, *, name: str) -> Client:
    """Connects, or raises `Unavailable` with the cause that a server gave, or `Unreachable` with why none was reached.

    Also raises what `connect` raises.
    """
    endpoint = Endpoint.parse(where) if isinstance(where, str) else where
    problems: dict[str, bool] = {}
    refused_by_all = asyncio.Event()

    def on_problem(problem: str, refused: bool) -> None:
        problems[problem] = refused
        if sum(problems.values()) >= len(endpoint.servers):
            refused_by_all.set()

    connecting = asyncio.create_task(connect(endpoint, name=name, on_problem=on_problem))
    refusal = asyncio.create_task(refused_by_all.wait())
    try:
        await asyncio.wait({connecting, refusal}, timeout=time.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        if connecting.done():
            return connecting.result()
    finally:
        await cancel(*(task for task in (connecting, refusal) if not task.done()))
    if refusals := [problem for problem, refused in problems.items() if refused]:
        raise Unavailable("; ".join(refusals))
    raise Unreachable("; ".join(problems) or f"cannot connect to {endpoint}: no answer in time")


async def close(nc: Client) -> None:
    """Flushes what was published, then closes. (nats-py's `drain` hangs on a pull subscription.)"""
    if nc.is_connected:
        try:
            await nc.flush(timeout=2)
        except (TimeoutError, nats.errors.Error) as failure:
            log.warning("not flushed", problem=str(failure))
    await nc.close()

"""Connections of the operator's commands: to a server that may have no streams yet, and to a provisioned system."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bus import Bus
from bus.operations import NOT_FOUND, ApiError, Server, call, close, connect_within, key_in
from bus.settings import Settings
from contracts.clock import CLOCK
from irops.terminal.failures import Failed

OPERATOR = "irops"
"""The connection name and user of these commands, as an agent has its own."""
USERS = "users.conf"
"""The file beside the keys that tells a server which users it admits."""
CONNECTS_WITHIN = timedelta(seconds=3)


def settings() -> Settings:
    """What the environment says. Raises `Failed`."""
    try:
        return Settings.from_environment(os.environ)
    except ValueError as failure:
        raise Failed(str(failure), status=2) from failure


def embedded(folder: Path, *, port: int | None = None) -> Server:
    """A server for this machine. Where IROPS_KEYS names a folder it admits only the users in it. Raises `Failed`."""
    keys = settings().keys
    if keys is None:
        return Server(folder, port=port)
    try:
        return Server(folder, port=port, users=(keys / USERS).read_text())
    except OSError as failure:
        raise Failed(
            f"{keys} has no {USERS} that can be read; `irops users --keys {keys}` makes it", status=2
        ) from failure


@asynccontextmanager
async def connection(url: str) -> AsyncIterator[Bus]:
    """A bus without views: for what can be done before the streams exist. Raises `Failed` when no server is there, or it
    admits us not."""
    problems: list[str] = []
    try:
        key = key_in(settings().keys, OPERATOR)
        nc = await connect_within(
            CONNECTS_WITHIN, url, name=OPERATOR, key=key, on_error=lambda failure: problems.append(str(failure))
        )
    except ValueError as failure:
        raise Failed(str(failure), status=2) from failure
    if nc is None:
        place = urlsplit(url)
        at = f"NATS at {place.hostname}:{place.port or 4222}"
        if any("Authorization Violation" in problem for problem in problems):
            raise Failed(f"{at} does not admit us; set IROPS_KEYS to the folder that `irops users` made for it")
        raise Failed(f"cannot connect to {at}; start it with `irops up`, or set NATS_URL")
    try:
        yield Bus(nc, source=OPERATOR)
    finally:
        await close(nc)


@asynccontextmanager
async def system() -> AsyncIterator[Bus]:
    """A bus in the running system that the environment names. Raises `Failed` when it is not there."""
    async with connection(settings().nats_url) as bus:
        try:
            await call(bus.nc, f"STREAM.INFO.{CLOCK.stream}")
        except ApiError as failure:
            if failure.code not in NOT_FOUND:
                raise
            raise Failed("the server has no streams yet; run `irops provision` first") from failure
        await bus.start_views()
        try:
            yield bus
        finally:
            await bus.stop_views()

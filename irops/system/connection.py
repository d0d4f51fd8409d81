"""Connections of the operator's commands: to a server that may have no streams yet, and to a provisioned system."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bus import Bus, Unavailable
from bus.errors import Unreachable
from bus.operations import NOT_FOUND, ApiError, Server, Variables, authorization, call, check_own, close, connect_within
from bus.settings import Settings
from contracts.clock import CLOCK
from irops.terminal.failures import Failed, complain

OPERATOR = "irops"
"""The connection name and user of these commands, as an agent has its own."""
USERS = "users.conf"
"""The file beside the keys that tells a server which users it admits."""
CONNECTS_WITHIN = timedelta(seconds=3)


def settings() -> Settings:
    """What the environment says. Raises `Failed`, for a misspelt setting too."""
    variables = Variables(os.environ)
    try:
        found = Settings.from_environment(variables)
        check_own(variables, OPERATOR)
        return found
    except ValueError as failure:
        raise Failed(str(failure), status=2) from failure


def embedded(folder: Path, *, port: int | None = None) -> Server:
    """A server for this machine. Where IROPS_KEYS names a folder it admits only the users in it. Raises `Failed`."""
    keys = settings().keys
    if keys is None:
        return Server(folder, port=port)
    try:
        return Server(folder, port=port, users=authorization((keys / USERS).read_text()))
    except OSError as failure:
        raise Failed(
            f"{keys} has no {USERS} that can be read; `irops users --keys {keys}` makes it", status=2
        ) from failure


@asynccontextmanager
async def connection(url: str | None = None) -> AsyncIterator[Bus]:
    """A bus without views, at `url` or where the settings say: for what can be done before the streams exist. Raises `Failed`
    with the cause when no server accepts the connection."""
    try:
        nc = await connect_within(CONNECTS_WITHIN, settings().endpoint(OPERATOR, url=url), name=OPERATOR)
    except ValueError as failure:
        raise Failed(str(failure), status=2) from failure
    except Unreachable as failure:
        raise Failed(f"{failure}; start a server with `irops up`, or set NATS_URL") from failure
    except Unavailable as failure:
        raise Failed(str(failure)) from failure
    bus = Bus(nc, source=OPERATOR)
    try:
        yield bus
    finally:
        for (stream, sequence), reason in bus.unreadable.items():
            complain(f"message {sequence} of {stream} cannot be read and is left out: {reason}")
        await close(nc)


@asynccontextmanager
async def system() -> AsyncIterator[Bus]:
    """A bus in the running system that the environment names. Raises `Failed` when it is not there."""
    async with connection() as bus:
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

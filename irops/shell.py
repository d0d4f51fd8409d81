"""What all commands share: a connection that is there or not, and failures in one line that says what to do."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer
import uvloop

from bus import AskFailed, Bus, Conflict, Unavailable
from bus.logs import silence
from bus.operations import NOT_FOUND, ApiError, Server, ServerFailed, call, close, connect_within, key_in
from bus.settings import Settings
from contracts.clock import CLOCK

OPERATOR = "irops"
"""The name of this command where agents have theirs."""
USERS = "users.conf"
"""The file beside the keys that tells a server whom they are of."""
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill`, and the end of the terminal."""
CONNECTS_WITHIN = timedelta(seconds=3)
_EXPECTED = (Unavailable, ApiError, AskFailed, Conflict, ServerFailed, OSError)


class Failed(Exception):
    """A command that can't do what it was asked: one line that says what is wrong and what to do. `status` is the exit
    status: 1 when it did not work out, 2 when it was asked for in the wrong way."""

    def __init__(self, text: str, *, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


def run(work: Coroutine[Any, Any, int]) -> None:
    """Runs a command to its end; `work` answers its exit status. Expected failures become one line on stderr."""
    silence()
    try:
        status = uvloop.run(_unwrapped(work))
    except Failed as failure:
        complain(str(failure))
        status = failure.status
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except _EXPECTED as failure:
        complain(said(failure))
        status = 1
    raise typer.Exit(status)


async def until_interrupted(work: Coroutine[Any, Any, int]) -> int:
    """Runs it until its end, Ctrl-C, or the terminal's: then it is cancelled, and has time to stop what it started. Raises
    `Failed` with status 130."""
    task = asyncio.ensure_future(work)
    for signum in ENDS:
        asyncio.get_running_loop().add_signal_handler(signum, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise Failed("stopped before its end", status=130) from None


async def _unwrapped(work: Coroutine[Any, Any, int]) -> int:
    """A failure in a group of tasks is the failure itself."""
    try:
        return await work
    except ExceptionGroup as group:
        failure: Exception = group
        while isinstance(failure, ExceptionGroup):
            failure = failure.exceptions[0]
        raise failure from group


def said(failure: Exception) -> str:
    """A failure in a line, without an error number."""
    if isinstance(failure, OSError) and failure.strerror:
        return f"cannot use {failure.filename}: {failure.strerror}" if failure.filename else failure.strerror
    return str(failure) or type(failure).__name__


def complain(text: str) -> None:
    """One line on stderr."""
    typer.echo(f"irops: {text}", err=True)


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

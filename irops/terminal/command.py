"""Runs a command: exit status, Ctrl-C, and expected failures as one line instead of a traceback."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import typer
import uvloop

from bus import AskFailed, Conflict, Unavailable, Unsuitable
from bus.logs import silence
from bus.operations import ApiError, ServerFailed
from irops.terminal.failures import Failed, complain, describe

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill`, and a closed terminal."""
_EXPECTED = (Unavailable, Unsuitable, ApiError, AskFailed, Conflict, ServerFailed, OSError)


def run(work: Coroutine[Any, Any, int]) -> None:
    """Run a command to its end. `work` returns the exit status; an expected failure becomes one line on stderr."""
    silence()
    try:
        status = uvloop.run(_unwrapped(work))
    except Failed as failure:
        complain(str(failure))
        status = failure.status
    except BrokenPipeError:  # the reader of a pipe (`| head`) closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except _EXPECTED as failure:
        complain(describe(failure))
        status = 1
    raise typer.Exit(status)


async def until_interrupted(work: Coroutine[Any, Any, int]) -> int:
    """Run `work` to its end or until a signal of `ENDS`, which cancels it and waits for its cleanup. Raises `Failed` with
    status 130 when interrupted."""
    task = asyncio.ensure_future(work)
    for signum in ENDS:
        asyncio.get_running_loop().add_signal_handler(signum, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise Failed("interrupted", status=130) from None


async def until_signal() -> None:
    """Return at the first signal of `ENDS`."""
    received = asyncio.Event()
    for signum in ENDS:
        asyncio.get_running_loop().add_signal_handler(signum, received.set)
    await received.wait()


async def _unwrapped(work: Coroutine[Any, Any, int]) -> int:
    """Run `work`; an exception group raises its first leaf instead."""
    try:
        return await work
    except ExceptionGroup as group:
        failure: Exception = group
        while isinstance(failure, ExceptionGroup):
            failure = failure.exceptions[0]
        raise failure from group

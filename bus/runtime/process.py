"""Runs one agent as a process: `run(AGENT, build, config=from_environment)` is all that an agent's `__main__` needs."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, NoReturn, TypeVar, overload

import uvloop

from bus.access.permissions import permissions
from bus.agent import Agent, Handlers
from bus.errors import Misdeclared, NotAShadow
from bus.known_settings import Variables, check_own
from bus.logs import configure
from bus.runtime.bus import Bus
from bus.runtime.running import Build, Running
from bus.settings import Settings

DECLARE = "--declare"

C = TypeVar("C")

__all__ = ["Build", "Running", "run", "serve_until_stopped"]


@overload
def run(agent: Agent, build: Build, *, environment: Mapping[str, str] = ...) -> None: ...
@overload
def run(
    agent: Agent,
    build: Callable[[Bus, C], Awaitable[Handlers]],
    *,
    config: Callable[[Mapping[str, str]], C],
    environment: Mapping[str, str] = ...,
) -> None: ...
def run(
    agent: Agent,
    build: Callable[..., Awaitable[Handlers]],
    *,
    config: Callable[[Mapping[str, str]], Any] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Runs the agent until SIGTERM or SIGINT. `config` reads the agent's own settings from the environment, for `build`, and
    raises `ValueError` for bad ones.

    Exits 0 when it was stopped, 1 when it failed or its connection is gone for good (its supervisor restarts it), and 2, with
    one line on stderr, for bad or unknown settings, where `build` does not fit the declaration, and where the system is not the
    shadow that it has to be. Called with `--declare`, it
    only writes its declaration and permissions as JSON.
    """
    variables = Variables(environment)
    try:
        if DECLARE in sys.argv[1:]:
            sys.stdout.write(json.dumps({**agent.declaration, "permissions": asdict(permissions(agent))}) + "\n")
            return
        settings = Settings.from_environment(variables)
        settings.endpoint(agent.name)
        if settings.kill_at and settings.kill_at[0] not in agent.failpoints:
            wanted = f"a failpoint of the {agent.name}: {', '.join(agent.failpoints)}"
            raise ValueError(f"IROPS_FAILPOINT names {settings.kill_at[0]!r}: wanted {wanted}")
        own = (config(variables),) if config else ()
        check_own(variables, agent.name)
    except ValueError as failure:
        _refuse(agent, failure)
    configure(settings.log, agent=agent.name)
    try:
        uvloop.run(serve_until_stopped(agent, lambda bus: build(bus, *own), settings))
    except (Misdeclared, NotAShadow) as failure:
        _refuse(agent, failure)


def _refuse(agent: Agent, why: ValueError) -> NoReturn:
    """One line, and the status that says that another start would end the same."""
    sys.stderr.write(f"{agent.name}: {why}\n")
    sys.exit(2)


async def serve_until_stopped(agent: Agent, build: Build, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    async with Running(agent, build, settings, stop) as running:
        await running.until_stopped()

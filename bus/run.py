"""Runs one agent as a process: `run(AGENT, build)` is all an agent's `__main__` needs."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping

import uvloop

from bus.agent import Agent
from bus.logs import configure
from bus.running import Build, Running
from bus.settings import Settings

DECLARE = "--declare"

__all__ = ["Build", "Running", "run", "serve_until_stopped"]


def run(agent: Agent, build: Build, environment: Mapping[str, str] = os.environ) -> None:
    """Runs the agent until SIGTERM or SIGINT. Exits 0 then, 1 when it failed or its connection is gone for good (its
    supervisor starts it anew), with a line on stderr for bad settings. Called with `--declare`, it says what it hears and
    says, in JSON, and that is all."""
    if DECLARE in sys.argv[1:]:
        sys.stdout.write(json.dumps(agent.declaration) + "\n")
        return
    try:
        settings = Settings.from_environment(environment)
    except ValueError as failure:
        sys.exit(f"{agent.name}: {failure}")
    configure(settings.log, agent=agent.name)
    uvloop.run(serve_until_stopped(agent, build, settings))


async def serve_until_stopped(agent: Agent, build: Build, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    async with Running(agent, build, settings, stop) as running:
        await running.until_stopped()

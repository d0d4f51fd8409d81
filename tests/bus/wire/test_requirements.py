"""An agent does not run on a server that cannot keep its promises."""

import asyncio

import pytest

from bus import Bus, Handlers
from bus.admin.server import Server
from bus.runtime.running import Running
from bus.settings import Settings
from tests.bus.bus_world import ECHO, Wire, of_version


async def test_an_agent_ends_on_a_server_that_is_too_old(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """Its log has one line with both versions."""

    async def build(_bus: Bus) -> Handlers:
        raise AssertionError("not reached")

    async with Wire(server.port, rewrite=of_version("2.11.11")) as wire:
        with pytest.raises(SystemExit) as end:
            async with Running(ECHO, build, Settings(nats_url=wire.url), asyncio.Event()):
                pass
    assert end.value.code == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "unsuitable server" in line]
    assert "nats-server 2.12 or later is needed, this is 2.11.11" in line

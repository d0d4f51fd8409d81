"""An agent's folder can be lifted out of the tree: with `bus/`, `llm/`, `policy/` and `contracts/` beside it, it runs."""

import asyncio
import json
import shutil
import signal
import sys
import sysconfig
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.errors import Error

from bus.admin.server import Server
from tests.support import eventually

ROOT = Path(__file__).parents[2]
AGENTS = sorted(p.parent.name for p in ROOT.glob("agents/*/__main__.py"))


@pytest.mark.slow
@pytest.mark.parametrize("name", AGENTS)
async def test_an_agent_runs_with_only_bus_llm_policy_and_contracts_beside_it(
    name: str, server: Server, nc: Client, tmp_path: Path
) -> None:
    """In another folder, where no other agent and no other part of this tree can be imported, it starts, answers a ping,
    and stops within 10 s of SIGTERM with status 0."""
    folder = tmp_path / "lifted"
    for part in ("bus", "llm", "policy", "contracts", f"agents/{name}"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "agents" / "__init__.py", folder / "agents")
    packages = sysconfig.get_path("purelib")
    log = folder / "log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-S",  # no .pth files, so that an editable install of this tree is not found
            "-m",
            f"agents.{name}",
            cwd=folder,
            env={"PYTHONPATH": f"{folder}:{packages}", "NATS_URL": server.url, "HOME": str(folder)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )

    async def pinged() -> object:
        assert process.returncode is None, log.read_text()
        try:
            return json.loads((await nc.request(f"$SRV.PING.{name}", timeout=1)).data)["name"]
        except Error:
            return None

    try:
        assert await eventually(pinged, what=f"{name} answers $SRV.PING.{name}", within=20) == name
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0, log.read_text()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

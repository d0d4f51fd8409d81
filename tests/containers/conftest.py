"""One system for all container tests: built, started with three planners, with an hour of the storm replayed on it."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import DockerException

from bus.admin.server import free_port
from tests.containers.composed import Composed, compose_command


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """The Docker engine of this machine."""
    try:
        client = docker.from_env(timeout=120)
    except DockerException as failure:
        pytest.skip(f"NO CONTAINER TEST RAN: no Docker engine answers ({failure})")
    yield client
    client.close()


@pytest.fixture(scope="session")
def built(engine: docker.DockerClient) -> Composed:
    """All images of compose.yaml; nothing is started."""
    command = compose_command()
    if command is None:
        pytest.skip("NO CONTAINER TEST RAN: there is neither `docker compose` nor docker-compose")
    composed = Composed(engine, command, f"irops-test-{uuid.uuid4().hex[:8]}", free_port())
    composed("build", within=600)
    return composed


@contextmanager
def up(composed: Composed, *arguments: str) -> Iterator[Composed]:
    """A healthy system until the block ends; everything is removed after it."""
    try:
        composed("up", "-d", *arguments)
        composed.until_healthy()
        yield composed
    finally:
        composed("down", "-v", "--remove-orphans")


@pytest.fixture(scope="session")
def system(built: Composed) -> Iterator[Composed]:
    """With three planners."""
    with up(built, "--scale", "planner=3") as composed:
        yield composed


@pytest.fixture
def guarded(built: Composed, tmp_path: Path) -> Iterator[Composed]:
    """With deploy/users.yaml: a server that admits only users for whom `irops users` has made keys."""
    keys = tmp_path / "keys"
    subprocess.run([sys.executable, "-m", "irops", "users", "--keys", keys], check=True, stdout=subprocess.DEVNULL)
    with up(
        replace(
            built,
            project=f"{built.project}-users",
            port=free_port(),
            files=("deploy/users.yaml",),
            environment={"IROPS_KEYS": str(keys)},
        )
    ) as composed:
        yield composed


@pytest.fixture
def shadow(built: Composed, system: Composed) -> Iterator[Composed]:
    """A shadow of the system, with deploy/shadow.yaml: a server of its own, on which agents decide by the copied feed."""
    (server,) = [container for service, container in system.containers() if service == "nats"]
    with up(
        replace(
            built,
            project=f"{built.project}-shadow",
            port=free_port(),
            files=("deploy/shadow.yaml",),
            environment={
                "IROPS_LIVE_URL": f"nats://{server.name}:4222",
                "IROPS_LIVE_NETWORK": f"{system.project}_default",
            },
        )
    ) as composed:
        yield composed


@pytest.fixture(scope="session")
def replayed(system: Composed) -> dict[str, Any]:
    """The report of an hour of the storm."""
    report = "/var/lib/irops/report.json"
    system(
        "run", "--rm", "-T", "replay",
        "irops", "replay", "--sample", "0.05", "--replay-hours", "1", "--speed", "600", "--report", report,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(system("run", "--rm", "-T", "replay", "cat", report))
    return found

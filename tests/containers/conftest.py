"""One system for all container tests: built, started with three planners, and an hour of the storm replayed on it."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import docker
import pytest
from docker.errors import DockerException

from bus.server import free_port
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
def system(engine: docker.DockerClient) -> Iterator[Composed]:
    """Everything of compose.yaml, healthy, with three planners."""
    command = compose_command()
    if command is None:
        pytest.skip("NO CONTAINER TEST RAN: there is neither `docker compose` nor docker-compose")
    composed = Composed(engine, command, f"irops-test-{uuid.uuid4().hex[:8]}", free_port())
    composed("build", within=600)
    try:
        composed("up", "-d", "--scale", "planner=3")
        composed.until_healthy()
        yield composed
    finally:
        composed("down", "-v", "--remove-orphans")


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

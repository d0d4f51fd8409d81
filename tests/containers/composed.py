"""The system of compose.yaml, driven as an operator does, under a project name and a port of its own."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import docker
from docker.models.containers import Container

ROOT = Path(__file__).parents[2]


def compose_command() -> list[str] | None:
    """Compose v2 if Docker has it, else docker-compose 1.29; None if there is neither."""
    v2 = ["docker", "compose"]
    if shutil.which("docker") and subprocess.run([*v2, "version"], check=False, capture_output=True).returncode == 0:
        return v2
    return ["docker-compose"] if shutil.which("docker-compose") else None


@dataclass(frozen=True)
class Composed:
    engine: docker.DockerClient
    command: list[str]
    project: str
    port: int
    """Port of NATS on this machine's loopback."""
    files: tuple[str, ...] = ()
    """Added to compose.yaml."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *args: str, within: float = 300) -> str:
        """Run the compose command and return its stdout; fail with the last lines of its output if its status is not 0."""
        completed = subprocess.run(
            [*self.command, *(f"--file={each}" for each in ("compose.yaml", *self.files)), "-p", self.project, *args],
            cwd=ROOT,
            env={
                **os.environ,
                "IROPS_NATS_PORT": str(self.port),
                "IROPS_IMAGE": "irops:test",
                **self.environment,
            },
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within,
        )
        last_lines = "\n".join((completed.stdout + completed.stderr).splitlines()[-40:])
        assert completed.returncode == 0, f"{' '.join(args)} ended with {completed.returncode}:\n{last_lines}"
        return completed.stdout

    def containers(self) -> Iterator[tuple[str, Container]]:
        """Every container, running or stopped, with the name of its service."""
        found = self.engine.containers.list(all=True, filters={"label": f"com.docker.compose.project={self.project}"})
        for container in found:
            if container.labels.get("com.docker.compose.oneoff") != "True":
                yield container.labels["com.docker.compose.service"], container

    def agents(self) -> list[tuple[str, Container]]:
        return [(service, c) for service, c in self.containers() if service not in ("nats", "provision")]

    def health(self) -> dict[str, str]:
        """By container: the status of its health check, or the exit status of one that runs once."""
        return {
            f"{service} {container.short_id}": f"exited {container.attrs['State']['ExitCode']}"
            if service == "provision"
            else container.attrs["State"].get("Health", {}).get("Status", "has no health check")
            for service, container in self.containers()
        }

    def until_healthy(self, *, within: float = 120) -> None:
        """Return once every container is healthy and provisioning has succeeded."""
        deadline = time.monotonic() + within
        while set((seen := self.health()).values()) != {"healthy", "exited 0"}:
            assert time.monotonic() < deadline, f"after {within:g} s: {seen}\n{self('logs', '--tail=15')}"
            time.sleep(0.5)

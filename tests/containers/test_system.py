"""The promises of compose.yaml, on a real engine."""

import json
import time
from typing import Any

import pytest
from nats.aio.msg import Msg

from bus.wire.connection import close, connect
from tests.containers.composed import Composed
from tests.support import eventually

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]

AGENTS = {"monitor", "booker", "planner", "notifier", "care", "pricer"}
AUDITED = {
    "oversold_seats",
    "double_booked_parties",
    "unnotified_parties",
    "parties_on_dead_flights",
    "stranded_beside_a_legal_seat",
}
GRACE = 15
"""Seconds: `stop_grace_period` in compose.yaml."""


def test_every_agent_has_a_service_of_its_own_and_is_healthy(system: Composed) -> None:
    """Server, provisioning and agents are all up, each agent by its own command."""
    assert {service for service, _ in system.agents()} == AGENTS
    assert set(system.health().values()) == {"healthy", "exited 0"}
    commands = {service: container.attrs["Config"]["Cmd"] for service, container in system.agents()}
    assert commands == {agent: ["python", "-m", f"agents.{agent}"] for agent in AGENTS}


async def test_three_planners_answer(system: Composed) -> None:
    """`--scale planner=3` makes three instances of one service."""
    nc = await connect(f"nats://127.0.0.1:{system.port}", name="test")
    answered: set[str] = set()

    async def note(msg: Msg) -> None:
        answered.add(json.loads(msg.data)["id"])

    async def three() -> bool:
        await nc.publish("$SRV.PING.planner", reply=inbox)
        await nc.flush()
        return len(answered) == 3

    try:
        inbox = nc.new_inbox()
        await nc.subscribe(inbox, cb=note)
        await eventually(three, what="three planners answer")
    finally:
        await close(nc)


def test_no_agent_is_root_or_can_write_outside_its_volumes(system: Composed) -> None:
    """Each runs as the image's user, on a read-only file system, without capabilities."""
    for service, container in system.agents():
        host = container.attrs["HostConfig"]
        assert (container.attrs["Config"]["User"], host["ReadonlyRootfs"], host["CapDrop"]) == (
            "irops",
            True,
            ["ALL"],
        ), service


def test_an_hour_of_the_storm_ends_with_every_audit_figure_at_zero(replayed: dict[str, Any]) -> None:
    """The first hour of the day, with everything announced before it, affects parties, and the audit finds no fault."""
    assert replayed["parties_affected"] > 100
    assert replayed["audit"].keys() >= AUDITED
    assert set(replayed["audit"].values()) == {0}, replayed["audit"]
    assert replayed["dead_letters"] == 0


@pytest.mark.usefixtures("replayed")
def test_the_operators_audit_of_the_running_system_is_clean(system: Composed) -> None:
    """`irops audit` in a container exits 0."""
    system("run", "--rm", "-T", "irops", "audit")


def test_the_letters_are_in_the_volume(system: Composed, replayed: dict[str, Any]) -> None:
    """One file for each notice sent, readable by any container that mounts the volume."""
    files = system("run", "--rm", "-T", "replay", "ls", "/var/lib/irops/maildir/new").split()
    assert len(files) == len(set(files)) == replayed["notices_sent"]


@pytest.mark.usefixtures("replayed")
def test_agents_log_json(system: Composed) -> None:
    """Every line an agent logs is one JSON object that names the agent."""
    for service, container in system.agents():
        lines = [json.loads(line) for line in container.logs().splitlines()]
        assert {line["agent"] for line in lines} == {service}


@pytest.mark.usefixtures("replayed")
def test_agents_stop_within_the_grace_period_and_come_back(system: Composed) -> None:
    """SIGTERM ends each agent with status 0 and none is killed; after a restart all are healthy on the same data."""
    began = time.monotonic()
    system("stop")
    assert time.monotonic() - began < GRACE
    ends = {f"{service} {c.short_id}": c.attrs["State"]["ExitCode"] for service, c in system.agents()}
    assert ends == dict.fromkeys(ends, 0)
    system("start")
    system.until_healthy()


def test_with_keys_the_storm_ends_clean_and_no_permission_is_violated(guarded: Composed) -> None:
    """Each service has one key. The replay, with the operator's key, ends with status 0, and the server refuses nothing."""
    guarded(
        "run", "--rm", "-T", "replay",
        "irops", "replay", "--sample", "0.02", "--replay-hours", "1", "--speed", "3600",
    )  # fmt: skip
    assert "violation" not in guarded("logs").lower()

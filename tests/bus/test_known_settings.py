"""Misspelt settings are errors, although agents share one environment."""

import subprocess
import sys
from collections.abc import Mapping

import pytest

from bus.environment import Environment
from bus.known_settings import Variables, check_own
from bus.settings import Settings
from tests.bus.bus_world import ROOT


def read(variables: Mapping[str, str]) -> None:
    """Reads settings as the agent `planner` does, and checks them."""
    noted = Variables(variables)
    Settings.from_environment(noted)
    environment = Environment(noted)
    environment.count("IROPS_PLANNER_LEAD_MIN", default=1)
    environment.count("IROPS_LLM_CONCURRENCY", default=1)
    environment.owns("IROPS_RULES_")
    environment.count("IROPS_RULES_LEAD_MIN", default=1)
    check_own(noted, "planner")


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("IROPS_PLANNER_LEED_MIN", "IROPS_PLANNER_LEAD_MIN"),
        ("irops_planner_lead_min", "IROPS_PLANNER_LEAD_MIN"),
        ("Irops_Ack_Wait_S", "IROPS_ACK_WAIT_S"),
        ("IROPS_PLANNER_LEAD", "IROPS_PLANNER_LEAD_MIN"),
        ("IROPS_PLANER_LEAD_MIN", "IROPS_PLANNER_LEAD_MIN"),
        ("IROPS_RULES_LEAD", "IROPS_RULES_LEAD_MIN"),
        ("IROPS_LLM_CONCURENCY", "IROPS_LLM_CONCURRENCY"),
        ("IROPS_ACK_WAIT", "IROPS_ACK_WAIT_S"),
        ("IROPS_NATS_CRED", "IROPS_NATS_CREDS"),
    ],
)
def test_a_misspelt_setting_is_an_error_that_names_the_nearest(key: str, near: str) -> None:
    """Of the agent itself, of a shared part, and of all agents."""
    with pytest.raises(ValueError, match=rf"^{key} is not a setting; did you mean {near}\?$"):
        read({key: "1"})


def test_whatever_has_the_agents_own_prefix_must_be_a_setting() -> None:
    """Also where nothing is near it; and so of another prefix that only this agent reads."""
    for key in ("IROPS_PLANNER_X", "IROPS_RULES_SOMETHING_ELSE_ALTOGETHER"):
        with pytest.raises(ValueError, match=rf"^{key} is not a setting"):
            read({key: "1"})


@pytest.mark.parametrize("key", ["IROPS_BOOKER_LEASE_S", "IROPS_HOTEL_NIGHTS", "IROPS_CHANNELS", "PATH", "NATS_X"])
def test_settings_of_others_are_left_to_them(key: str) -> None:
    """Agents of other packages, compose files and the system share the environment."""
    read({key: "1", "IROPS_PLANNER_LEAD_MIN": "2"})


def test_an_agent_with_a_misspelt_setting_ends_with_status_2() -> None:
    """In one line."""
    ended = _run("planner", IROPS_PLANNER_LAG_LIMIT="10")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert (
        ended.stderr == "planner: IROPS_PLANNER_LAG_LIMIT is not a setting; did you mean IROPS_PLANNER_LAG_LIMIT_S?\n"
    )


def _run(agent: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"agents.{agent}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

"""Every agent, as a process, with a setting it cannot use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BAD = {
    "monitor": ("IROPS_MONITOR_THRESHOLD_MIN", "soon", "a number of minutes from 1 to 1440"),
    "booker": ("IROPS_BOOKER_LEASE_S", "0", "a number of seconds from 0.1 to 3600"),
    "planner": ("IROPS_PLANNER_LAG_LIMIT_S", "0", "a number of seconds from 0.01 to 3600"),
    "notifier": ("IROPS_NOTIFIER_DURABLE", "perhaps", "true or false"),
    "care": ("IROPS_CARE_RULE_SETS", "nowhere", "a folder with rule sets (*.toml)"),
    "pricer": (
        "IROPS_PRICER_LADDER",
        "no/ladder.toml",
        "a file like agents/pricer/ladder.toml (No such file or directory)",
    ),
}
"""By agent: a setting, a bad value for it, and the wanted range."""
AGENTS = sorted(path.parent.name for path in ROOT.glob("agents/*/__main__.py"))


@pytest.mark.parametrize("name", AGENTS)
def test_a_bad_setting_ends_an_agent_with_one_line_and_status_2(name: str) -> None:
    """It does not start; its only line names the variable, its value and what is wanted."""
    key, value, wanted = BAD[name]
    ended = subprocess.run(
        [sys.executable, "-m", f"agents.{name}"],
        cwd=ROOT,
        env={**os.environ, key: value},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"{name}: {key} is '{value}': wanted {wanted}\n"

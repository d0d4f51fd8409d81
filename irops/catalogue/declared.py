"""What each agent declares of itself: asked of the agent's own program, for nothing here imports agents."""

import subprocess
import sys
from functools import cache

import msgspec

from irops.roster import agents
from irops.shell import Failed


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """Subject patterns it hears, says, keeps and follows, and the names of the questions it answers."""

    agent: str
    hears: tuple[str, ...]
    says: tuple[str, ...]
    keeps: tuple[str, ...]
    views: tuple[str, ...]
    answers: tuple[str, ...]


@cache
def declarations() -> tuple[Declared, ...]:
    """Every agent's, by name. Raises `Failed` for one that gives none."""
    running = [
        (
            name,
            subprocess.Popen(
                [sys.executable, "-m", f"agents.{name}", "--declare"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ),
        )
        for name in agents()
    ]
    told = [(name, *process.communicate(), process.returncode) for name, process in running]
    found = []
    for name, output, errors, status in told:
        try:
            found.append(msgspec.json.decode(output, type=Declared))
        except msgspec.DecodeError as failure:
            last = errors.decode(errors="replace").strip().rpartition("\n")[2]
            raise Failed(f"agent {name} does not declare itself (exit status {status}): {last}") from failure
    return tuple(found)

"""What each agent declares of itself: asked of the agent's own program, for nothing here imports agents."""

import subprocess
import sys
from functools import cache

import msgspec

from irops.roster import agents
from irops.shell import Failed


class Permitted(msgspec.Struct, frozen=True, kw_only=True):
    """Subjects with wildcards, as the server's permissions have them."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """Subject patterns it hears, says, keeps, follows and looks up, and the names of the questions it answers."""

    agent: str
    hears: tuple[str, ...]
    says: tuple[str, ...]
    keeps: tuple[str, ...]
    views: tuple[str, ...]
    reads: tuple[str, ...]
    answers: tuple[str, ...]
    permissions: Permitted
    """What follows from the rest."""


@cache
def declarations(*others: str) -> tuple[Declared, ...]:
    """Every agent's, by name, and those of other modules that can be run as agents. Raises `Failed` for one that gives
    none."""
    running = [
        (
            module,
            subprocess.Popen(
                [sys.executable, "-m", module, "--declare"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ),
        )
        for module in (*(f"agents.{name}" for name in agents()), *others)
    ]
    told = [(module, *process.communicate(), process.returncode) for module, process in running]
    found = []
    for module, output, errors, status in told:
        try:
            found.append(msgspec.json.decode(output, type=Declared))
        except msgspec.DecodeError as failure:
            last = errors.decode(errors="replace").strip().rpartition("\n")[2]
            raise Failed(f"{module} does not declare itself (exit status {status}): {last}") from failure
    return tuple(found)

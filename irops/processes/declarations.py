"""The declarations of agents, read from their own programs (`--declare`): nothing here imports agents."""

import re
import subprocess
import sys
from collections.abc import Sequence
from functools import cache

import msgspec
import typer

from contracts.streams import STREAMS, Stream
from irops.processes.roster import agents
from irops.terminal.failures import Failed

_NOTHING_TO_RUN = re.compile(r"^\S+: (No module named |Error while finding module )", re.MULTILINE)
"""Python's message for a missing module. A module that exists and misses another ends with a traceback instead."""


class Undeclared(Failed):
    """A module that declares no agent."""

    def __init__(self, module: str, text: str) -> None:
        super().__init__(text)
        self.module = module


class Permitted(msgspec.Struct, frozen=True, kw_only=True):
    """Subjects with wildcards, as the server's permissions have them."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """One agent's declaration: subject patterns, and the names of the questions it answers."""

    agent: str
    hears: tuple[str, ...]
    says: tuple[str, ...]
    keeps: tuple[str, ...]
    views: tuple[str, ...]
    reads: tuple[str, ...]
    answers: tuple[str, ...]
    owns: tuple[Stream, ...] = ()
    """Its own streams."""
    permissions: Permitted
    """Derived from the rest."""


@cache
def declarations(*others: str) -> tuple[Declared, ...]:
    """Get the declarations of all agents, sorted by name, then those of the modules `others`. Raises `Undeclared`."""
    running = [
        (
            module,
            subprocess.Popen(
                [sys.executable, "-m", module, "--declare"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ),
        )
        for module in (*(f"agents.{name}" for name in agents()), *others)
    ]
    answers = [(module, *process.communicate(), process.returncode) for module, process in running]
    found = []
    for module, output, errors, status in answers:
        try:
            found.append(msgspec.json.decode(output, type=Declared))
        except msgspec.DecodeError as failure:
            raise Undeclared(module, _why_not(module, errors.decode(errors="replace"), status)) from failure
    return tuple(found)


def streams_with(also: Sequence[str]) -> tuple[Stream, ...]:
    """The system's streams, and those that the agents of these modules own. Raises `typer.BadParameter`, of the option
    --also, for a module that runs no agent, or that owns a stream whose name or subjects are taken."""
    try:
        others = [stream for each in (declarations(*also) if also else ()) for stream in each.owns]
    except Undeclared as failure:
        if failure.module in also:
            raise typer.BadParameter(str(failure), param_hint="--also") from failure
        raise
    streams = (*STREAMS, *others)
    names = [stream.name for stream in streams]
    if taken := sorted({name for name in names if names.count(name) > 1}):
        raise typer.BadParameter(f"the stream {taken[0]} exists already; give it another name", param_hint="--also")
    for at, stream in enumerate(streams):
        for earlier in streams[:at]:
            if shared := stream.overlaps(earlier):
                mine, its = shared[0]
                raise typer.BadParameter(
                    f"the stream {stream.name} has {mine}, and {its} is in {earlier.name} of {_owner(earlier)}; "
                    "give its subjects another first token",
                    param_hint="--also",
                )
    return streams


def _owner(stream: Stream) -> str:
    return "irops" if stream in STREAMS else "another of these agents"


def _why_not(module: str, errors: str, status: int) -> str:
    if "Traceback" not in errors and _NOTHING_TO_RUN.search(errors):
        return (
            f"there is no module {module!r} that can be run from this folder; "
            "name one as `python -m` takes it, e.g. examples.stranded_desk"
        )
    return (
        f"{module} declares no agent (exit status {status}); `python -m {module} --declare` shows what it does, "
        "examples/stranded_desk.py how an agent does it"
    )

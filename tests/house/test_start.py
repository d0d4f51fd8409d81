"""Slow libraries are imported only by processes that use them: a process starts in a fifth of a second."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
AGENTS = sorted(path.parent.name for path in ROOT.glob("agents/*/__main__.py"))
SLOW = {"rich", "typer", "pydantic", "apprise", "langgraph", "langchain_core", "openai", "simulation", "irops"}


def test_an_agent_starts_without_slow_libraries_it_is_not_configured_to_use() -> None:
    """No agent imports the terminal, the command line, Apprise or language-model libraries."""
    code = "import sys, runpy; sys.argv[1:] = ['--declare']\n" + "\n".join(
        f"runpy.run_module('agents.{name}', run_name='__main__')" for name in AGENTS
    )
    code += "\nprint(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    *declared, modules = ended.stdout.splitlines()
    assert len(declared) == len(AGENTS)
    assert SLOW.isdisjoint(modules.split())


def test_importing_the_bus_does_not_import_rich() -> None:
    """The bus hides rich from structlog only; others can import it afterwards."""
    code = (
        "import sys, bus; assert 'rich' not in sys.modules; import rich.console; print(rich.console.Console.__name__)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "Console\n"

"""What takes long to import is not imported by who does without it: a process is there in a fifth of a second."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
AGENTS = sorted(path.parent.name for path in ROOT.glob("agents/*/__main__.py"))
SLOW = {"rich", "typer", "pydantic", "apprise", "langgraph", "langchain_core", "openai", "simulation", "irops"}


def test_an_agent_that_is_not_told_to_use_them_starts_without_slow_libraries() -> None:
    """Terminal, command line, services to send by, language models: none of them, in any agent."""
    code = "import sys, runpy; sys.argv[1:] = ['--declare']\n" + "\n".join(
        f"runpy.run_module('agents.{name}', run_name='__main__')" for name in AGENTS
    )
    code += "\nprint(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    *declared, modules = told.stdout.splitlines()
    assert len(declared) == len(AGENTS)
    assert SLOW.isdisjoint(modules.split())


def test_importing_the_bus_leaves_rich_to_those_who_use_it() -> None:
    """The bus keeps it from structlog alone."""
    code = (
        "import sys, bus; assert 'rich' not in sys.modules; import rich.console; print(rich.console.Console.__name__)"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "Console\n"

"""The names of the agents: the folders under `agents` that can be run. Nothing here imports them."""

from importlib.util import find_spec
from pathlib import Path


def agents() -> tuple[str, ...]:
    """Get the names of all agents, sorted. `python -m agents.<name>` runs one."""
    spec = find_spec("agents")
    folders = spec.submodule_search_locations or () if spec else ()
    return tuple(sorted(main.parent.name for folder in folders for main in Path(folder).glob("*/__main__.py")))

"""Which agents there are: the folders under `agents` that can be run. Found by looking, for nothing here imports them."""

from importlib.util import find_spec
from pathlib import Path


def agents() -> tuple[str, ...]:
    """Names of all agents, sorted; `python -m agents.<name>` runs one."""
    spec = find_spec("agents")
    folders = spec.submodule_search_locations or () if spec else ()
    return tuple(sorted(main.parent.name for folder in folders for main in Path(folder).glob("*/__main__.py")))

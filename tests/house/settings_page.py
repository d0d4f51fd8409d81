"""Writes docs/settings.md from the docstrings under the fields of every settings class.

    python -m tests.house.settings_page > docs/settings.md      (`make settings`)

Which settings there are is seen by reading an empty environment: each reader asks for every variable it knows.
"""

import ast
import dataclasses
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from msgspec import Struct

from agents.booker import config as booker
from agents.care import config as care
from agents.monitor import config as monitor
from agents.notifier import config as notifier
from agents.planner import config as planner
from agents.pricer import config as pricer
from bus import Environment
from bus.settings import Settings
from irops.shadow import config as shadow
from llm.settings import model_settings
from policy.fares import FareRules

Reader = Callable[[Mapping[str, str]], Any]

SECTIONS: tuple[tuple[str, str, Reader], ...] = (
    ("Every agent and command", "bus/settings.py", Settings.from_environment),
    ("Monitor", "agents/monitor/config.py", monitor.from_environment),
    ("Booker", "agents/booker/config.py", booker.from_environment),
    ("Planner", "agents/planner/config.py", planner.from_environment),
    (
        "Language model (planner)",
        "llm/settings.py",
        lambda variables: model_settings(Environment(variables)),
    ),
    ("Notifier", "agents/notifier/config.py", notifier.from_environment),
    ("Care", "agents/care/config.py", care.from_environment),
    ("Pricer", "agents/pricer/config.py", pricer.from_environment),
    ("Feeding a shadow", "irops/shadow/config.py", shadow.from_environment),
)
"""Title, source and reader of each section."""

HEAD = """\
# Settings

<!-- Made by `make settings` from the docstrings under the fields of the settings classes. A test keeps it true: change the
     docstring, not this page. -->

Every setting is an environment variable. An absent one has its default. A bad value ends the program before it connects, with
status 2 and one line that names the variable, its value and what is wanted:

    booker: IROPS_RULES_MAX_CONNECTIONS is 'many': wanted a whole number from 0 to 2
"""

TAIL = """
## What is not a setting

Tables that settle what is legal (minimum connection times, cities with several airports, which cabin replaces which) are
data in `contracts/rules.py`, and in files of carriers and stations ([rules.md](rules.md)). What a command can be asked is
under `irops COMMAND --help`. The variables of `compose.yaml` are listed at its top.
"""


_UNITS = {"_MIN": 60, "_DAYS": 86400}
"""Seconds, by the end of a setting's name."""


class Empty(Mapping[str, str]):
    """An environment without variables, which notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: dict[str, None] = {}

    def __getitem__(self, key: str) -> str:
        self.asked[key] = None
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def documented(config: Any) -> dict[str, str]:
    """By field: its docstring."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(type(config)))).body[0]
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            assert isinstance(text.value, ast.Constant)
            found[field.target.id] = inspect.cleandoc(str(text.value.value))
    return found


def described(key: str, config: Any) -> tuple[str, Any]:
    """What a setting means, and its default. Raises `LookupError` for one that no docstring explains."""
    for owner, field, text in _within(config):
        if re.fullmatch(rf"IROPS_[A-Z]+_(WEIGHT_)?{field.upper()}(_MIN|_S|_DAYS)?", key):
            return re.sub(rf"^`?{key}`?(, |: )", "", text), getattr(owner, field)
    docs = documented(config)
    for name, text in docs.items():
        if re.match(rf"`?{key}\b", text):
            return re.sub(rf"^`?{key}`?(, |: )", "", text), getattr(config, name)
    for text in docs.values():
        if own := re.search(rf"^`{key}`, (.*)", text, re.MULTILINE | re.DOTALL):
            return own[1], ""
        if re.search(rf"\b{key}\b", text):
            return f"See `{re.findall(r'[A-Z][A-Z0-9]*_[A-Z0-9_]+', text)[0]}`.", ""
    raise LookupError(f"{key} is read and explained under no field of {type(config).__name__}")


def _within(config: Any) -> Iterator[tuple[Any, str, str]]:
    """The fields of the classes within a settings class: owner, field, docstring."""
    for name in documented(config):
        part = getattr(config, name)
        if dataclasses.is_dataclass(part) or isinstance(part, Struct):
            yield from ((part, field, text) for field, text in documented(part).items())
            yield from _within(part)


def shown(key: str, default: Any) -> str:
    """A default as one would write it in the environment."""
    match default:
        case timedelta():
            unit = next((unit for end, unit in _UNITS.items() if key.endswith(end)), 1)
            return f"`{default.total_seconds() / unit:g}`"
        case bool():
            return f"`{str(default).lower()}`"
        case None | "" | ():
            return ""
        case (
            tuple() | Struct() | FareRules()
        ):  # what is read from files: their contents are no way to write the setting
            return ""
        case float():
            return f"`{default:g}`"
        case _:
            return f"`{default}`"


def section(title: str, source: str, read: Reader, *, without: Mapping[str, None]) -> str:
    """A table of the settings this reader asks for, but for those of another section."""
    environment = Empty()
    config = read(environment)
    rows = [row(key, *described(key, config)) for key in environment.asked if key not in without]
    return f"\n## {title}\n\nFrom `{source}`.\n\n| setting | default | meaning |\n|---|---|---|\n{''.join(rows)}"


def row(key: str, text: str, default: Any) -> str:
    meaning = re.sub(r"\s+", " ", text[0].upper() + text[1:]).replace("[d]", "(a default of ours)").replace("|", "\\|")
    return f"| `{key}` | {shown(key, default)} | {meaning} |\n"


def page() -> str:
    models = Empty()
    model_settings(Environment(models))
    sections = (
        section(title, source, read, without={} if source.startswith("llm") else models.asked)
        for title, source, read in SECTIONS
    )
    return "".join([HEAD, *sections, TAIL])


if __name__ == "__main__":
    sys.stdout.write(page())

"""The pricer's settings. No other module of it reads the environment."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from agents.pricer.domain import Ladder, LadderFault, parse_ladder
from bus import Environment, bad_setting

DEFAULT = Path(__file__).with_name("ladder.toml")


def default_ladder() -> Ladder:
    """The one beside this module."""
    return parse_ladder(DEFAULT.read_text(encoding="utf-8"))


class Config(Struct, frozen=True, kw_only=True):
    """Built once, in `__main__`."""

    ladder: Ladder | None = None
    """`IROPS_PRICER_LADDER`: a TOML file with the fares of flights of which no feed has reported any, in place of
    `agents/pricer/ladder.toml`, which explains each field.

    Give every replica the same: each restates a flight's fares by its own when the flight changes."""


def from_environment(variables: Mapping[str, str]) -> Config:
    """Defaults for what is absent. Raises `ValueError` naming the key, its value and what is wanted."""
    path = Environment(variables).read("IROPS_PRICER_LADDER", default=None, parse=str, wanted="a file")
    if path is None:
        return Config()
    try:
        return Config(ladder=parse_ladder(Path(path).read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, LadderFault) as failure:
        why = failure.strerror if isinstance(failure, OSError) else str(failure)
        wanted = f"a file like agents/pricer/ladder.toml ({why})"
        raise bad_setting("IROPS_PRICER_LADDER", value=path, wanted=wanted) from failure

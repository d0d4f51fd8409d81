"""The care agent's settings. No other module of it reads the environment."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from bus import Environment, bad_setting
from policy.files import BadFile
from policy.rights import RuleSet, read_rule_sets, shipped

_KEY = "IROPS_CARE_RULE_SETS"


class Config(Struct, frozen=True, kw_only=True):
    """Built once, in `__main__`."""

    rule_sets: tuple[RuleSet, ...] = ()
    """`IROPS_CARE_RULE_SETS`, a folder of TOML files such as those in `policy/rights/sets`: the laws to judge by instead.
    Absent: the files that come with irops.

    The order of their names is the order of preference where two laws give the same."""


def from_environment(variables: Mapping[str, str]) -> Config:
    """Defaults for what is absent. Raises `ValueError` naming the key, its value and what is wanted."""
    folder = Environment(variables).read(_KEY, default="", parse=str, wanted="a folder")
    return Config(rule_sets=_read(folder) if folder else shipped())


def _read(folder: str) -> tuple[RuleSet, ...]:
    try:
        found = read_rule_sets(Path(folder))
    except BadFile as failure:
        faults = "; ".join(map(str, failure.faults))
        raise bad_setting(_KEY, value=folder, wanted=f"rule sets without faults ({faults})") from failure
    except OSError as failure:
        raise bad_setting(_KEY, value=folder, wanted="a folder that can be read") from failure
    if not found:
        raise bad_setting(_KEY, value=folder, wanted="a folder with rule sets (*.toml)")
    return found

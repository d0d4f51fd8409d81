"""The fare files that are in force together, and which of them is a carrier's.

A file says in `[policy] carriers` whose bookings it is for. One without carriers is for all that no other file names. A file
that another one names in `first` is part of that one, and no set by itself.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from policy.fares.loading import load_fares
from policy.fares.model import FareFile
from policy.fares.ruleset import Ruleset
from policy.files import BadFile, load

_OF_OTHERS = ""


@dataclass(frozen=True)
class FareRules:
    """The rules of several carriers."""

    by_carrier: Mapping[str, Ruleset]
    """Under the empty text: those for all other carriers."""
    digest: str
    """Of all that is written in these files: with other rules it is another one. Empty: there are no files."""

    def of(self, carrier: str) -> Ruleset | None:
        """A carrier's rules; None: there is no file for it."""
        return self.by_carrier.get(carrier) or self.by_carrier.get(_OF_OTHERS)


NO_FARE_RULES = FareRules({}, "")


def load_fare_rules(folder: Path) -> FareRules:
    """Read the fare files of a folder (`*.toml`), which answers call by their names in it.

    Raises:
        BadFile: a file has faults, or two are for one carrier.
        OSError: one cannot be read.
    """
    files = {path: load(path, FareFile, name=path.name) for path in sorted(folder.glob("*.toml"))}
    parts = {(path.parent / other).resolve() for path, file in files.items() for other in file.value.policy.first}
    found: dict[str, Ruleset] = {}
    whose: dict[str, Path] = {}
    for path, file in files.items():
        if path.resolve() in parts:
            continue
        rules = load_fares(path, name=path.name)
        for carrier in rules.carriers or (_OF_OTHERS,):
            if carrier in whose:
                of = carrier or "all carriers that no file names"
                raise BadFile((file.fault(f"{whose[carrier].name} is for {of} too", "policy", "carriers"),))
            found[carrier], whose[carrier] = rules, path
    return FareRules(found, _digest((*files, *parts)) if files else "")


def _digest(files: Iterable[Path]) -> str:
    content = hashlib.sha256()
    for path in sorted({file.resolve() for file in files}):
        content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()[:16]

"""Finds misspelt settings: environment variables with our prefix that nothing reads.

Which settings exist is not listed anywhere. A program reads its settings through `Variables`, which notes every key it is asked
for; what is set and was not asked for is examined. Several agents share one environment, so a variable is an error for an agent
when it has the agent's own prefix (`IROPS_PLANNER_`) or another one that only this agent reads (`IROPS_RULES_`), or is so close
to a setting of this agent that it must be a slip. Other variables belong to others.
"""

from collections.abc import Collection, Iterator, Mapping
from difflib import SequenceMatcher, get_close_matches

PREFIX = "IROPS_"
_SLIP = 0.93
"""Similarity (`difflib`, 0 to 1) from which an unknown variable is taken for a slip: one or two characters of a usual name."""
_NEAR = 0.6
"""Similarity from which a known setting is proposed."""


class Variables(Mapping[str, str]):
    """Environment variables that note which keys they are asked for."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.asked: set[str] = set()
        self.owned: set[str] = set()
        """Prefixes of which every variable is this program's (`Environment.owns`)."""

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return self._variables[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def check_own(variables: Variables, agent: str) -> None:
    """Raises `ValueError` for a variable that an agent should have read and did not. Call it when all settings are read."""
    own = (f"{PREFIX}{agent.upper().replace('-', '_')}_", *variables.owned)
    for key in sorted(variables):
        name = key.upper()  # small letters are a slip too
        if not name.startswith(PREFIX) or key in variables.asked:
            continue
        if name.startswith(own) or _is_slip(name, variables.asked):
            raise ValueError(_unknown(key, variables.asked))


def _is_slip(key: str, known: Collection[str]) -> bool:
    return any(SequenceMatcher(None, key, other).ratio() >= _SLIP for other in known if other.startswith(PREFIX))


def _unknown(key: str, known: Collection[str]) -> str:
    near = get_close_matches(key.upper(), sorted(k for k in known if k.startswith(PREFIX)), n=1, cutoff=_NEAR)
    return f"{key} is not a setting" + (f"; did you mean {near[0]}?" if near else "; see docs/settings.md")

"""How much a model may take: time for a party, parties at once, and tokens of a prompt."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The defaults are our choice [d]."""

    deadline: timedelta = timedelta(seconds=10)
    """Wall clock: how long one party may wait for a model, for all its questions together."""
    at_once: int = 8
    """Parties judged at the same time. The others wait for a turn, for half the deadline at most."""
    tokens: int = 2000
    """For a whole prompt, by `llm.token_estimate`. The system text, the remark and the options to choose from are always
    included and take about 1,400 at most; facts get the rest, by priority."""
    remark_tokens: int = 300
    """For the remark within it. A longer remark is cut, and the prompt says so."""

"""How much a model may take: time for a party, parties at once, and room for words."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """All defaults of ours [d]."""

    deadline: timedelta = timedelta(seconds=10)
    """Wall clock: how long one party may wait for a model, all that is asked for it together."""
    at_once: int = 8
    """Parties that are judged at the same time. The others wait for their turn, for half of their time at most."""
    tokens: int = 2000
    """Of a prompt, as `prompts.tokens` reckons them. What we tell the model, the remark and the options it chooses from are
    always in it, at most about 1,400; facts have the rest, the most important first."""
    remark_tokens: int = 300
    """Of the remark within it: a longer one is cut, and said to be."""

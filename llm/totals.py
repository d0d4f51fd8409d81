"""What the door was asked so far, for the agent's stats."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

Reason = Literal["off", "open", "busy", "deadline", "refused", "invalid", "http", "unreachable"]


@dataclass(slots=True)
class Totals:
    """Since the process started. What is asked is answered, failed, given up by whoever asked, or under way."""

    asked: int = 0
    answered: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    """Tokens and cost have the answers nobody could use, too: they are paid for."""
    failures: Counter[Reason] = field(default_factory=Counter)

    def told(self) -> dict[str, Any]:
        """As it goes into an agent's STATS: JSON types only."""
        return {
            "asked": self.asked,
            "answered": self.answered,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost_usd": round(self.cost_usd, 6),
            "failures": dict(self.failures),
        }

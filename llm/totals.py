"""Counters of one client, for the agent's STATS."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

Reason = Literal["off", "open", "busy", "deadline", "refused", "invalid", "http", "unreachable"]
"""Why there is no answer; `NoAnswer` explains each."""


@dataclass(slots=True)
class Totals:
    """Since the process started. A question is answered, failed, cancelled by its caller, or under way."""

    asked: int = 0
    answered: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    """Tokens and cost include useless answers: they are paid for."""
    failures: Counter[Reason] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """JSON types only."""
        return {
            "asked": self.asked,
            "answered": self.answered,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost_usd": round(self.cost_usd, 6),
            "failures": dict(self.failures),
        }

"""What the planners' language model was asked, as their STATS report it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bus.operations import Instance


@dataclass(frozen=True, slots=True)
class ModelUse:
    """Of all planners together, since each was started."""

    names: tuple[str, ...] = ()
    """Of the models; empty where none is configured."""
    asked: int = 0
    answered: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    """By the prices in the planners' settings. Answers that could not be used are included."""
    failures: dict[str, int] = field(default_factory=dict)
    """Questions without an answer, by reason."""
    trouble: str = ""
    """Why a planner's circuit breaker opened, until a question is answered again; empty while all is well."""

    @property
    def in_words(self) -> str:
        """One line for an operator."""
        if not self.names:
            return "none, the rules decide"
        failed = "".join(f", {why} {count}" for why, count in sorted(self.failures.items()))
        tokens = f"{self.prompt_tokens:,} + {self.completion_tokens:,} tokens, {_usd(self.cost_usd)}"
        paused = f"; paused: {self.trouble}" if self.trouble else ""
        return f"{', '.join(self.names)}: asked {self.asked:,}, answered {self.answered:,}{failed}; {tokens}{paused}"


def model_use(instances: Iterable[Instance]) -> ModelUse:
    """The sum over all instances that ask a model."""
    reports: list[dict[str, Any]] = [i.stats["model"] for i in instances if (i.stats.get("model") or {}).get("name")]
    failures: Counter[str] = Counter()
    for one in reports:
        failures.update(one["failures"])
    return ModelUse(
        names=tuple(sorted({str(one["name"]) for one in reports})),
        asked=sum(one["asked"] for one in reports),
        answered=sum(one["answered"] for one in reports),
        prompt_tokens=sum(one["prompt_tokens"] for one in reports),
        completion_tokens=sum(one["completion_tokens"] for one in reports),
        cost_usd=round(sum(one["cost_usd"] for one in reports), 6),
        failures=dict(sorted(failures.items())),
        trouble="; ".join(sorted({one["trouble"] for one in reports if one.get("trouble")})),
    )


def _usd(cost: float) -> str:
    return f"{cost:.4f} USD" if cost else "no price set"

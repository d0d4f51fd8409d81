"""What language models were asked, as the planners tell it in their STATS."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bus.operations import Instance


@dataclass(frozen=True, slots=True)
class Asked:
    """Of all planners together, since each was started."""

    names: tuple[str, ...] = ()
    """Of the models; empty where none is configured."""
    asked: int = 0
    answered: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    """By the prices that the planners were told; those of answers nobody could use are in it."""
    failures: dict[str, int] = field(default_factory=dict)
    """Questions without an answer, by why."""

    @property
    def in_words(self) -> str:
        if not self.names:
            return "none, the rules decide"
        failed = "".join(f", {why} {count}" for why, count in sorted(self.failures.items()))
        tokens = f"{self.prompt_tokens:,} + {self.completion_tokens:,} tokens, {_usd(self.cost_usd)}"
        return f"{', '.join(self.names)}: asked {self.asked:,}, answered {self.answered:,}{failed}; {tokens}"


def asked_of(instances: Iterable[Instance]) -> Asked:
    """What those of them tell that ask a model."""
    told: list[dict[str, Any]] = [i.stats["model"] for i in instances if (i.stats.get("model") or {}).get("name")]
    failures: Counter[str] = Counter()
    for one in told:
        failures.update(one["failures"])
    return Asked(
        names=tuple(sorted({str(one["name"]) for one in told})),
        asked=sum(one["asked"] for one in told),
        answered=sum(one["answered"] for one in told),
        prompt_tokens=sum(one["prompt_tokens"] for one in told),
        completion_tokens=sum(one["completion_tokens"] for one in told),
        cost_usd=round(sum(one["cost_usd"] for one in told), 6),
        failures=dict(sorted(failures.items())),
    )


def _usd(cost: float) -> str:
    return f"{cost:.4f} USD" if cost else "no price set"

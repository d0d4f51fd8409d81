"""The planner's settings. No other module of it reads the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from agents.planner.judgement.limits import Limits
from bus import Environment
from llm import ModelSettings, model_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Built once, in `__main__`."""

    lag_limit: timedelta = timedelta(seconds=1)
    """`IROPS_PLANNER_LAG_LIMIT_S`, seconds of wall clock, 0.01 to 3600: nothing is planned while the view of seats lags
    more.

    Smaller: fewer plans are refused as stale. Larger: planning goes on through short outages."""
    model: ModelSettings = field(default_factory=ModelSettings)
    """The language model that reads remarks, `IROPS_LLM_...`; see `ModelSettings`. Without one the rules decide alone."""
    limits: Limits = field(default_factory=Limits)
    """How long a party may wait for the model (`IROPS_LLM_DEADLINE_S`, as for one answer), how many parties are judged at once
    (`IROPS_LLM_CONCURRENCY`, as for calls), and the size of a prompt."""


def from_environment(variables: Mapping[str, str]) -> Config:
    """Defaults for what is absent. Raises `ValueError` naming the key, its value and what is wanted."""
    environment, default = Environment(variables), Config()
    model = model_settings(environment)
    return Config(
        model=model,
        limits=Limits(deadline=model.deadline, at_once=model.concurrency),
        lag_limit=environment.seconds("IROPS_PLANNER_LAG_LIMIT_S", default=default.lag_limit, least=0.01),
    )

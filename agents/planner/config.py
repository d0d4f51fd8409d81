"""The planner's settings. No other module of it reads the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from agents.planner.judgement.limits import Limits
from bus import Environment
from contracts.rules import Rules, Weights, by_rank
from llm import ModelSettings, model_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Built once, in `__main__`."""

    lag_limit: timedelta = timedelta(seconds=1)
    """`IROPS_PLANNER_LAG_LIMIT_S`, seconds of wall clock, 0.01 to 3600: nothing is planned while the view of seats lags
    more.

    Smaller: fewer plans are refused as stale. Larger: planning goes on through short outages."""
    rules: Rules = field(default_factory=Rules)
    """What is legal, and the choice of a trip. `IROPS_PLANNER_LEAD_MIN`, `..._EARLIER_MIN`, `..._LATER_MIN`,
    `..._LONGEST_CONNECTION_MIN`, `..._CO_TERMINAL_LEAST_MIN` and `..._MARGIN_MIN` in minutes, `..._MAX_CONNECTIONS` in changes
    of aircraft, 0 to 2, `..._ALTERNATIVES` in options, `..._WEIGHT_<NAME>` for each name in `Weights`; see `Rules` for each.

    `IROPS_PLANNER_UPGRADES`, true or false: whether a party may be given a higher cabin than it paid for."""
    model: ModelSettings = field(default_factory=ModelSettings)
    """The language model that reads remarks, `IROPS_LLM_...`; see `ModelSettings`. Without one the rules decide alone."""
    limits: Limits = field(default_factory=Limits)
    """How long a party may wait for the model (`IROPS_LLM_DEADLINE_S`, as for one answer), how many parties are judged at once
    (`IROPS_LLM_CONCURRENCY`, as for calls), and the size of a prompt."""


def from_environment(variables: Mapping[str, str]) -> Config:
    """Defaults for what is absent. Raises `ValueError` naming the key, its value and what is wanted."""
    environment, default = Environment(variables), Config()
    rules, weights = default.rules, default.rules.weights

    def minutes(name: str, usual: timedelta) -> timedelta:
        return environment.minutes(f"IROPS_PLANNER_{name}_MIN", default=usual)

    weighed = {
        name: environment.number(f"IROPS_PLANNER_WEIGHT_{name.upper()}", default=getattr(weights, name))
        for name in Weights.__struct_fields__
    }
    model = model_settings(environment)
    return Config(
        model=model,
        limits=Limits(deadline=model.deadline, at_once=model.concurrency),
        lag_limit=environment.seconds("IROPS_PLANNER_LAG_LIMIT_S", default=default.lag_limit, least=0.01),
        rules=Rules(
            lead=minutes("LEAD", rules.lead),
            earlier=minutes("EARLIER", rules.earlier),
            later=minutes("LATER", rules.later),
            max_connections=environment.count("IROPS_PLANNER_MAX_CONNECTIONS", default=rules.max_connections, most=2),
            longest_connection=minutes("LONGEST_CONNECTION", rules.longest_connection),
            co_terminal_least=minutes("CO_TERMINAL_LEAST", rules.co_terminal_least),
            margin=minutes("MARGIN", rules.margin),
            alternatives=environment.count("IROPS_PLANNER_ALTERNATIVES", default=rules.alternatives, most=100),
            weights=Weights(**weighed),
            cabins=by_rank(upgrades=environment.flag("IROPS_PLANNER_UPGRADES", default=True)),
        ),
    )

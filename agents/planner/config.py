"""The planner's settings. No other module of it reads the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta

from agents.planner.domain.costs import Weights
from agents.planner.domain.planning import Policy
from agents.planner.domain.rules import Rules, by_rank
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
    rules: Rules = field(default_factory=Rules)
    """What is legal. `IROPS_PLANNER_LEAD_MIN`, `..._EARLIER_MIN`, `..._LATER_MIN`, `..._LONGEST_CONNECTION_MIN` and
    `..._CO_TERMINAL_LEAST_MIN` in minutes, `..._MAX_CONNECTIONS` in changes of aircraft, 0 to 2; see `Rules` for each.
    `IROPS_PLANNER_UPGRADES`, true or false: whether a party may be given a higher cabin than it paid for.

    The booker checks plans with limits of its own: with a lead below the booker's, it refuses plans of the first minutes."""
    weights: Weights = field(default_factory=Weights)
    """The constants of the cost, `IROPS_PLANNER_WEIGHT_<NAME>` for each name in `Weights`, in the units given there."""
    policy: Policy = field(default_factory=Policy)
    """The choice of a trip: `IROPS_PLANNER_MARGIN_MIN` in minutes, `IROPS_PLANNER_ALTERNATIVES` in options; see `Policy`."""
    model: ModelSettings = field(default_factory=ModelSettings)
    """The language model that reads remarks, `IROPS_LLM_...`; see `ModelSettings`. Without one the rules decide alone."""
    limits: Limits = field(default_factory=Limits)
    """How long a party may wait for the model (`IROPS_LLM_DEADLINE_S`, as for one answer), how many parties are judged at once
    (`IROPS_LLM_CONCURRENCY`, as for calls), and the size of a prompt."""


def from_environment(variables: Mapping[str, str]) -> Config:
    """Defaults for what is absent. Raises `ValueError` naming the key, its value and what is wanted."""
    environment, default = Environment(variables), Config()
    rules, policy, weights = default.rules, default.policy, default.weights

    def minutes(name: str, usual: timedelta) -> timedelta:
        return environment.minutes(f"IROPS_PLANNER_{name}_MIN", default=usual)

    weighed = {
        each.name: environment.number(f"IROPS_PLANNER_WEIGHT_{each.name.upper()}", default=getattr(weights, each.name))
        for each in fields(Weights)
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
            cabins=by_rank(upgrades=environment.flag("IROPS_PLANNER_UPGRADES", default=True)),
        ),
        weights=Weights(**weighed),
        policy=Policy(
            margin=minutes("MARGIN", policy.margin),
            alternatives=environment.count("IROPS_PLANNER_ALTERNATIVES", default=policy.alternatives, most=100),
        ),
    )

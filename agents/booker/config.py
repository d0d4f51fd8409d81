"""The booker's settings; only this module reads the environment."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from msgspec import Struct

from bus import Environment, bad_setting
from contracts.limits import LONGEST_STAY
from contracts.rules import Rules, Weights, by_rank
from policy.fares import NO_FARE_RULES, FareRules, load_fare_rules
from policy.files import BadFile
from policy.reaccommodation import RuleFiles, read_folder

_FARES = "IROPS_BOOKER_FARES"
_FOLDER = "IROPS_RULES_FOLDER"


class Config(Struct, frozen=True, kw_only=True):
    """Built once, in `__main__`."""

    lease: timedelta = timedelta(seconds=3)
    """`IROPS_BOOKER_LEASE_S`, seconds of wall clock, 0.1 to 3600: how long the active booker stays active without a renewal.

    Longer: a standby takes over later when the active booker dies. Shorter: a pause of the machine can cost it its place."""
    renew: timedelta = timedelta(seconds=1)
    """`IROPS_BOOKER_RENEW_S`, seconds of wall clock, 0.01 to 3600: how often it renews; less than the lease."""
    rules: Rules = Rules()
    """What this booker publishes as the rules in force when it becomes active. Values that are not set have their defaults, and
    so have the tables.

    `IROPS_RULES_UPGRADES`, true or false: whether a party may be given a higher cabin than it paid for."""
    folder: Path | None = None
    """`IROPS_RULES_FOLDER`, a folder of TOML files such as those in `policy/reaccommodation/examples`: rules of carriers and
    stations, which come over the other settings of the rules (`docs/rules.md`). Absent: there are none.

    They are read when a booker becomes active, and by `irops rules adopt`. One that `starts` later takes effect then."""
    fares: FareRules = NO_FARE_RULES
    """`IROPS_BOOKER_FARES`, a folder of TOML files such as those in `policy/fares/examples`: the fare rules that requests
    are judged by, a file for each carrier (`[policy] carriers`). Absent: there are none, and every request is for a person."""
    quotes_held: timedelta = timedelta(minutes=30)
    """`IROPS_BOOKER_QUOTES_HELD_MIN`, minutes of event time, 2 to 10080: how long a quote's price and rules stand at most.

    Longer: customers have more time, at the price of then."""

    def read_rules(self) -> RuleFiles:
        """The rules as settings and files have them now. Raises `BadFile` and `OSError`."""
        return RuleFiles(self.rules, read_folder(self.folder) if self.folder else ())


def from_environment(variables: Mapping[str, str]) -> Config:
    """Read the settings; absent ones have their defaults. Raises `ValueError` naming the key, its value and what is wanted."""
    environment, default = Environment(variables), Config()
    config = Config(
        lease=environment.seconds("IROPS_BOOKER_LEASE_S", default=default.lease, least=0.1),
        renew=environment.seconds("IROPS_BOOKER_RENEW_S", default=default.renew, least=0.01),
        rules=_rules(environment),
        folder=_checked(environment.folder(_FOLDER, default=None)),
        fares=_fares(environment),
        quotes_held=environment.minutes(
            "IROPS_BOOKER_QUOTES_HELD_MIN", default=default.quotes_held, least=2, most=10_080
        ),
    )
    if config.renew >= config.lease:
        raise bad_setting(
            "IROPS_BOOKER_RENEW_S",
            value=f"{config.renew.total_seconds():g}",
            wanted=f"less than IROPS_BOOKER_LEASE_S, which is {config.lease.total_seconds():g}",
        )
    return config


def _checked(folder: Path | None) -> Path | None:
    if folder is not None:
        try:
            read_folder(folder)
        except BadFile as failure:
            faults = "; ".join(map(str, failure.faults))
            raise bad_setting(_FOLDER, value=str(folder), wanted=f"rule files without faults ({faults})") from failure
    return folder


def _fares(environment: Environment) -> FareRules:
    folder = environment.folder(_FARES, default=None)
    if folder is None:
        return NO_FARE_RULES
    try:
        found = load_fare_rules(folder)
    except BadFile as failure:
        faults = "; ".join(map(str, failure.faults))
        raise bad_setting(_FARES, value=str(folder), wanted=f"fare rules without faults ({faults})") from failure
    except OSError as failure:
        raise bad_setting(_FARES, value=str(folder), wanted="a folder that can be read") from failure
    if not found.by_carrier:
        raise bad_setting(_FARES, value=str(folder), wanted="a folder with fare rules (*.toml)")
    return found


def _rules(environment: Environment) -> Rules:
    environment.owns("IROPS_RULES_")
    default = Rules()

    def minutes(name: str, usual: timedelta, *, least: float = 0, most: float = 365 * 24 * 60) -> timedelta:
        return environment.minutes(f"IROPS_RULES_{name}_MIN", default=usual, least=least, most=most)

    def weight(name: str) -> float:
        return environment.number(f"IROPS_RULES_WEIGHT_{name.upper()}", default=getattr(default.weights, name))

    return Rules(
        lead=minutes("LEAD", default.lead),
        earlier=minutes("EARLIER", default.earlier),
        later=minutes("LATER", default.later),
        max_connections=environment.count("IROPS_RULES_MAX_CONNECTIONS", default=default.max_connections, most=2),
        longest_connection=minutes(
            "LONGEST_CONNECTION", default.longest_connection, most=LONGEST_STAY / timedelta(minutes=1)
        ),
        co_terminal_least=minutes("CO_TERMINAL_LEAST", default.co_terminal_least),
        leeway=minutes("LEEWAY", default.leeway),
        kept_share=environment.number("IROPS_RULES_KEPT_SHARE", default=default.kept_share, most=1),
        presumed=minutes("PRESUMED", default.presumed),
        given_up=minutes("GIVEN_UP", default.given_up),
        brought_forward=minutes("BROUGHT_FORWARD", default.brought_forward, least=1),
        at_the_gate=minutes("AT_THE_GATE", default.at_the_gate),
        margin=minutes("MARGIN", default.margin),
        stretched=minutes("STRETCHED", default.stretched),
        moves_back_until=minutes("MOVES_BACK_UNTIL", default.moves_back_until),
        no_show_cancels=environment.flag("IROPS_RULES_NO_SHOW_CANCELS", default=default.no_show_cancels),
        small_hours=environment.count("IROPS_RULES_SMALL_HOURS", default=default.small_hours, most=23),
        alternatives=environment.count("IROPS_RULES_ALTERNATIVES", default=default.alternatives, most=100),
        weights=Weights(**{name: weight(name) for name in Weights.__struct_fields__}),
        cabins=by_rank(upgrades=environment.flag("IROPS_RULES_UPGRADES", default=True)),
    )

"""A case: what is asked for, and what is known. It is a TOML or JSON table, or `key=value` pairs of a command line.

    request = ["change_flights", "change_cabin"]
    cabin = "economy"
    hours_since_booking = 30
    paid_with = [{ id = "visa", kind = "credit_card", amount = "300.00 USD" }]

Beside `request`, `paid_with` and `pay_with`, each key is a fact. What is not known is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from policy.amounts import Price
from policy.facts import BadCase, Facts, read_value
from policy.fares.ruleset import Ruleset
from policy.fares.settling import Instrument


@dataclass(frozen=True)
class Case:
    """A request and what is known about it."""

    acts: tuple[str, ...]
    facts: Facts
    paid_with: tuple[Instrument, ...] = ()
    """What the booking was paid with, with the amount each paid."""
    pay_with: tuple[Instrument, ...] = ()
    """What the customer would pay with, with the balance of each where it has one."""


def read_case(rules: Ruleset, raw: Mapping[str, object]) -> Case:
    """Read a case.

    Raises:
        BadCase: it has no request, a key that is no fact of these rules, or a value that a fact cannot have.
    """
    rest = dict(raw)
    request = rest.pop("request", None)
    acts = [act for act in request.split(",") if act] if isinstance(request, str) else request
    if not isinstance(acts, list) or not acts or not all(isinstance(act, str) for act in acts):
        raise BadCase("request: wanted what is asked for, such as cancel")
    paid_with, pay_with = (_instruments(key, rest.pop(key, [])) for key in ("paid_with", "pay_with"))
    unknown = sorted(rest.keys() - rules.facts.keys())
    if unknown:
        raise BadCase(f"{unknown[0]}: no fact of these rules; there are {', '.join(sorted(rules.facts))}")
    return Case(
        tuple(acts),
        {name: read_value(name, value, rules.facts[name]) for name, value in rest.items()},
        paid_with,
        pay_with,
    )


def _instruments(key: str, raw: object) -> tuple[Instrument, ...]:
    wanted = f"{key}: wanted a list such as [{{ id = 'visa', kind = 'credit_card', amount = '75.00 USD' }}]"
    if not isinstance(raw, list):
        raise BadCase(wanted)
    found = []
    for one in raw:
        if not isinstance(one, dict) or not {"id", "kind"} <= one.keys() <= {"id", "kind", "amount"}:
            raise BadCase(wanted)
        try:
            amount = Price.parse(one["amount"]).money if "amount" in one else None
        except ValueError as error:
            raise BadCase(f"{key}: {error}") from error
        found.append(Instrument(id=str(one["id"]), kind=str(one["kind"]), amount=amount))
    if len({one.id for one in found}) < len(found):
        raise BadCase(f"{key}: two have one id")
    return tuple(found)

"""When a model is asked to choose between trips, and how its choice is checked.

A choice is open only between **rivals**: trips that meet as many wishes as the best one, cost at most half an hour per
passenger more, and differ from it in kind: another airport, more or fewer changes, another cabin or another day. Between
trips of one kind, and beyond half an hour per passenger, minutes decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, cast, get_args

from msgspec import Meta, Struct, defstruct

from agents.planner.domain.costs import DELAY_SENSITIVE
from agents.planner.judgement.facts import LABELS
from agents.planner.judgement.interpret import Unchecked
from contracts.judgement import Reason, Term, Wish, Wishes
from contracts.ledger import Party
from contracts.names import Id, day_of, origin_of
from contracts.plans import Option, PlanProposed

TERMS: tuple[Term, ...] = get_args(Term)
WISHES: tuple[Wish, ...] = get_args(Wish)

NEAR = 30.0
"""Weighted minutes per passenger above the best option, within which a choice is open [d]."""
_MOST = len(LABELS)


def rivals(plan: PlanProposed, *, passengers: int) -> tuple[Option, ...]:
    """The best option and those that may be preferred to it; empty if there is no choice."""
    if len(plan.options) < 2:
        return ()
    best = plan.options[0]
    others = [
        option
        for option in plan.options[1:]
        if len(option.unmet) == len(best.unmet)
        and option.cost - best.cost <= NEAR * passengers
        and _kind(option) != _kind(best)
    ]
    return (best, *others[: _MOST - 1]) if others else ()


def _kind(option: Option) -> tuple[object, ...]:
    """Origin, day, number of changes, cabins, and whether an airport differs from the ticket's."""
    first = option.legs[0].flight
    cabins = tuple([leg.cabin for leg in option.legs])
    return origin_of(first), day_of(first), len(option.legs), cabins, "transfer" in option.terms


def needs_model(party: Party, plan: PlanProposed) -> bool:
    """Whether to ask a model about this party, given what the rules propose for it.

    Only if there is a trip for it and it wrote a remark, or it is one of the few (gold, platinum, in need of assistance) with a
    choice between rivals. For all others minutes are as good a judge, and none of them waits for a model.
    """
    if plan.verdict == "none" or (plan.verdict == "move" and not plan.options):
        return False
    if party.remark and not party.remark.isspace():
        return True
    special = party.tier in {"gold", "platinum"} or not DELAY_SENSITIVE.isdisjoint(party.ssrs)
    return special and bool(rivals(plan, passengers=party.passengers))


class Choice(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model's answer: the label of an option, and the reasons for it."""

    option: str
    because: Annotated[tuple[Reason, ...], Meta(max_length=6)]


@cache
def choice_among(count: int) -> type[Choice]:
    """The answer's type for `count` options, with their labels as a closed list in its schema.

    A label outside the list still decodes and is rejected by `check_choice`, so that it counts as an illegal answer and not
    as a malformed one. There are few such types: endpoints take long over a schema that is new to them.
    """
    label = Annotated[str, Meta(extra_json_schema={"enum": list(LABELS[:count])})]
    fields: list[tuple[str, Any]] = [("option", label)]
    made = defstruct("Choice", fields, bases=(Choice,), frozen=True, forbid_unknown_fields=True, kw_only=True)
    return cast(type[Choice], made)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An offered option, and reasons that exist among the options."""

    option: Id
    because: tuple[str, ...]


def check_choice(choice: Choice, options: tuple[Option, ...], wishes: Wishes) -> Chosen | Unchecked:
    """Rejects a label that was not offered, and a reason that is neither a wish of the party nor part of an option's cost."""
    offered = dict(zip(LABELS, options, strict=False))
    if choice.option not in offered:
        return Unchecked("option: not one of those offered")
    reasons = {*wishes.asked, *(term for option in options for term in option.terms)}
    if not reasons.issuperset(choice.because):
        return Unchecked("because: not asked for, and no part of any cost")
    return Chosen(offered[choice.option].id, tuple(dict.fromkeys(choice.because)))


def borne_out(because: Iterable[str], chosen: Option, offered: Iterable[Option]) -> tuple[str, ...]:
    """The reasons that are true of the chosen trip: a wish it meets, and a cost of which another offered trip has more and
    none less.

    Only these go into the letter. A false reason does not invalidate the choice.
    """
    others = [option.terms for option in offered if option.id != chosen.id]

    def holds(reason: str) -> bool:
        if reason in WISHES:
            return reason not in chosen.unmet
        has = chosen.terms.get(reason, 0.0)
        costs = [terms.get(reason, 0.0) for terms in others]
        return bool(costs) and has <= min(costs) and has < max(costs)

    return tuple(filter(holds, because))

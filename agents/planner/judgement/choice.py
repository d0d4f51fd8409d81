"""Which trips are so alike in cost and so unlike in kind that what is written may decide; and what a model may say about that.

A choice is asked for only between **rivals**: trips that meet as much of what was asked as the best does, cost at most half
an hour a head more, and go from another airport, with more or fewer changes, in another cabin or on another day. Between trips
of one kind minutes decide, and beyond half an hour a head they decide anyway.
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
"""Weighted minutes a head, above the best option, within which a choice is left open [d]."""
_MOST = len(LABELS)


def rivals(plan: PlanProposed, *, passengers: int) -> tuple[Option, ...]:
    """The best option and those that may be preferred to it; none where there is no choice."""
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
    """What makes trips unlike: where and on which day they begin, how often they change, in which cabins, and whether at an
    airport other than the ticket's."""
    first = option.legs[0].flight
    cabins = tuple([leg.cabin for leg in option.legs])
    return origin_of(first), day_of(first), len(option.legs), cabins, "transfer" in option.terms


def matters(party: Party, plan: PlanProposed) -> bool:
    """Whether a model is to be asked about this party, for which the rules propose this.

    There is a trip for it, and it has written something, or it is one of few (gold, platinum, in need of assistance) and has a
    choice between rivals. For all others minutes are as good a judge, and none of them waits for a model.
    """
    if plan.verdict == "none":
        return False
    if party.remark and not party.remark.isspace():
        return True
    special = party.tier in {"gold", "platinum"} or not DELAY_SENSITIVE.isdisjoint(party.ssrs)
    return special and bool(rivals(plan, passengers=party.passengers))


class Choice(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model's answer: the label of an option, and what it was chosen for."""

    option: str
    because: Annotated[tuple[Reason, ...], Meta(max_length=6)]


@cache
def choice_among(count: int) -> type[Choice]:
    """The answer's type where there are so many options: their labels are a closed list in its schema. An answer that does not
    keep to the list is read all the same, and refused by `check_choice`, so that it is counted for what it is.

    There are few such types, for endpoints take long over a schema that is new to them.
    """
    label = Annotated[str, Meta(extra_json_schema={"enum": list(LABELS[:count])})]
    fields: list[tuple[str, Any]] = [("option", label)]
    made = defstruct("Choice", fields, bases=(Choice,), frozen=True, forbid_unknown_fields=True, kw_only=True)
    return cast(type[Choice], made)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An option out of the list, and reasons that exist in it."""

    option: Id
    because: tuple[str, ...]


def check_choice(choice: Choice, options: tuple[Option, ...], wishes: Wishes) -> Chosen | Unchecked:
    """Refused are a label that was not offered, and a reason that is no wish of the party and in no option's cost."""
    offered = dict(zip(LABELS, options, strict=False))
    if choice.option not in offered:
        return Unchecked("option: not one of those offered")
    reasons = {*wishes.asked, *(term for option in options for term in option.terms)}
    if not reasons.issuperset(choice.because):
        return Unchecked("because: not asked for, and no part of any cost")
    return Chosen(offered[choice.option].id, tuple(dict.fromkeys(choice.because)))


def borne_out(because: Iterable[str], chosen: Option, offered: Iterable[Option]) -> tuple[str, ...]:
    """Those of the reasons that may be told, for they are true: a wish that the trip meets, and a cost of which another that
    was offered has more, and none has less. The rest are no reason to doubt the choice."""
    others = [option.terms for option in offered if option.id != chosen.id]

    def holds(reason: str) -> bool:
        if reason in WISHES:
            return reason not in chosen.unmet
        has = chosen.terms.get(reason, 0.0)
        costs = [terms.get(reason, 0.0) for terms in others]
        return bool(costs) and has <= min(costs) and has < max(costs)

    return tuple(filter(holds, because))

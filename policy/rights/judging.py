"""Judge one journey by rule sets: pure, and the same for every law.

For each kind of entitlement the first rule of a set whose condition holds decides. It is then not owed where an exemption of
that rule holds, or a cause excuses; the cause counts as unknown where no code is given, or one that the set does not judge.
What several laws give is owed once: by the one that gives it, else the one that would if the cause were known.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import get_args

from contracts.care import Answer, Entitlement, EntitlementKind
from contracts.money import Money
from policy.rights.case import Case, Place, Places, great_circle_km
from policy.rights.rule_set import Condition, Cover, Exemption, Rule, RuleSet
from policy.spans import Span

KINDS: tuple[EntitlementKind, ...] = get_args(EntitlementKind)
_RANK: dict[Answer, int] = {"owed": 0, "cause_unknown": 1, "not_owed": 2, "no_rule_set": 3}
_CENT = Decimal("0.01")


def entitlements(rule_sets: Iterable[RuleSet], case: Case, places: Places) -> tuple[Entitlement, ...]:
    """The answer for every kind. Rule sets that come first are preferred where several give the same answer.

    A kind that none of those that cover the journey on its day knows has the answer `no_rule_set`.
    """
    found: dict[EntitlementKind, Entitlement] = {}
    for rule_set in rule_sets:
        for answer in judge(rule_set, case, places):
            known = found.get(answer.kind)
            if known is None or _RANK[answer.answer] < _RANK[known.answer]:
                found[answer.kind] = answer
    return tuple(found.get(kind) or Entitlement(kind=kind, answer="no_rule_set") for kind in KINDS)


def judge(rule_set: RuleSet, case: Case, places: Places) -> tuple[Entitlement, ...]:
    """The answer of one rule set for each kind that it knows. Empty where it does not cover the journey, is not in force on
    its day, or one of the journey's airports is not known."""
    ends = [places.get(airport) for airport in (case.sold.origin, case.sold.destination)]
    others = (stage.origin for stage in case.trip.stages) if case.trip else (case.waits_at or case.sold.origin,)
    if None in ends or any(airport not in places for airport in others):
        return ()
    on = case.day(places)
    judged = _Judged(rule_set, case, places, on)
    if not rule_set.in_force(on) or not any(map(judged.is_covered, rule_set.covers)):
        return ()
    kinds = dict.fromkeys(rule.gives for rule in rule_set.rules)
    return tuple([judged.answer(kind) for kind in kinds])


class _Judged:
    """One case under one rule set."""

    def __init__(self, rule_set: RuleSet, case: Case, places: Places, on: date) -> None:
        self._set, self._case, self._places, self._on = rule_set, case, places, on
        self._origin: Place = places[case.sold.origin]
        self._destination: Place = places[case.sold.destination]

    def is_covered(self, cover: Cover) -> bool:
        case, airlines = self._case, self._set.airlines
        return (
            (cover.origin is None or self._is_in(cover.origin, self._origin))
            and (cover.destination is None or self._is_in(cover.destination, self._destination))
            and (cover.not_from is None or not self._is_in(cover.not_from, self._origin))
            and (cover.airlines is None or case.operator in airlines[cover.airlines])
        )

    def answer(self, kind: EntitlementKind) -> Entitlement:
        for rule in self._set.rules:
            if rule.gives == kind and any(map(self._holds, rule.when)):
                return self._by(rule)
        return Entitlement(
            kind=kind, answer="not_owed", rule_set=self._set.name, law=self._set.source, source=self._set.source
        )

    def _by(self, rule: Rule) -> Entitlement:
        case = self._case
        exempt = next((each for each in rule.unless if self._holds(each)), None)
        excused = self._set.excuses(case.cause) if rule.excused and not exempt else False
        answer: Answer = "not_owed" if exempt or excused else "cause_unknown" if excused is None else "owed"
        half = rule.half if rule.half and self._holds(rule.half) else None
        return Entitlement(
            kind=rule.gives,
            answer=answer,
            because=rule.because,
            rule_set=self._set.name,
            rule=exempt.id if exempt else rule.id,
            law=self._set.source,
            source=_source(rule, exempt, half),
            owed_by=case.operator,
            passengers=case.passengers,
            amount=None if answer == "not_owed" else self._amount(rule, halved=half is not None),
            percent=rule.percent,
            if_declined=rule.if_declined,
            cause=(case.cause or "") if rule.excused and not exempt else "",
            within_days=rule.within_days,
        )

    def _amount(self, rule: Rule, *, halved: bool) -> Money | None:
        """For all passengers."""
        each = rule.amount.money if rule.amount else None
        if rule.percent and (fare := self._case.fare):
            each = Money(amount=fare.amount * rule.percent / 100, currency=fare.currency)
        if each is None or (rule.most and rule.most.money.currency != each.currency):
            return None
        amount = min(each.amount, rule.most.money.amount) if rule.most else each.amount
        total = amount / (2 if halved else 1) * self._case.passengers
        return Money(amount=total.quantize(_CENT, ROUND_HALF_UP), currency=each.currency)

    # Conditions.

    def _holds(self, condition: Condition) -> bool:
        return all(self._checks(condition))

    def _checks(self, condition: Condition) -> Iterator[bool]:
        case, trip = self._case, self._case.trip
        flags = (
            (condition.cancelled, case.cancelled),
            (condition.denied_boarding, case.denied),
            (condition.smaller_aircraft, case.smaller_aircraft),
            (condition.misconnected, case.misconnected),
            (condition.travelled, trip is not None and trip.travelled),
            (condition.has_trip, trip is not None),
            (condition.other_airport, case.is_rerouted),
            (condition.more_connections, case.has_more_connections),
            (condition.lower_cabin, case.is_lower_cabin),
        )
        yield from (wanted == so for wanted, so in flags if wanted is not None)
        if condition.inside is not None:
            yield condition.inside == self._is_inside()
        if condition.overseas is not None:
            yield condition.overseas == self._is_overseas()
        if condition.day_after is not None:
            yield condition.day_after == case.is_day_after(self._places)
        if condition.km_above is not None:
            yield self._km > condition.km_above
        if condition.km_upto is not None:
            yield self._km <= condition.km_upto
        yield from self._times(condition)

    def _times(self, condition: Condition) -> Iterator[bool]:
        case = self._case
        earlier = None if case.departs_later is None else -case.departs_later
        yield from _at_least(condition.later_from, case.later)
        yield from _above(condition.later_above, case.later)
        yield from _under(condition.later_under, case.later)
        yield from _at_most(condition.later_upto, case.later)
        yield from _at_least(condition.departs_later_from, case.departs_later)
        if condition.earlier_from:
            yield earlier is not None and earlier >= condition.earlier_from.length
        if condition.earlier_above:
            yield earlier is not None and earlier > condition.earlier_above.length
        yield from _at_most(condition.earlier_upto, earlier)
        yield from _at_least(condition.notice_from, case.notice)
        yield from _under(condition.notice_under, case.notice)

    # Places.

    def _is_in(self, territory: str, place: Place) -> bool:
        return self._set.territories[territory].has(place.country, self._on)

    def _is_inside(self) -> bool:
        return all(self._is_in(self._set.home, end) for end in (self._origin, self._destination))

    def _is_overseas(self) -> bool:
        apart = self._set.apart
        return self._is_inside() and (self._origin.country in apart) != (self._destination.country in apart)

    @property
    def _km(self) -> float:
        return great_circle_km(self._origin, self._destination)


# Of a trip that is not known no limit holds, since it arrives later than any.


def _at_least(limit: Span | None, found: timedelta | None) -> Iterator[bool]:
    if limit:
        yield found is None or found >= limit.length


def _above(limit: Span | None, found: timedelta | None) -> Iterator[bool]:
    if limit:
        yield found is None or found > limit.length


def _under(limit: Span | None, found: timedelta | None) -> Iterator[bool]:
    if limit:
        yield found is not None and found < limit.length


def _at_most(limit: Span | None, found: timedelta | None) -> Iterator[bool]:
    if limit:
        yield found is not None and found <= limit.length


def _source(rule: Rule, exempt: Exemption | None, half: Exemption | None) -> str:
    if exempt:
        return exempt.source
    return f"{rule.source}; {half.source}" if half else rule.source

"""What a request would cost, by which rule, and until when: the fare rules asked about the facts of the booking.

Rules say what is allowed and its amounts; what cannot be done at all is refused before they are asked. A quote stands while no
rule changes its answer by itself and at most for the time that quotes are held; never less than `LEAST`, for a yes takes that
long to say.
"""

from datetime import timedelta
from decimal import Decimal

from msgspec import convert, structs

from agents.booker.domain.requests.facts import DERIVED, NotStated, stated_to
from agents.booker.domain.requests.known import Impossible, Known
from agents.booker.domain.requests.wishes import acts_of, becomes, facts_about, ruleset_of, wish_of
from contracts.ledger import Booking
from contracts.requests import FactMissing, Movement, Part, Price, Quote, QuoteWanted, RuleCited
from policy.facts import shown
from policy.fares import Amount, Answer, BadCase, Instrument, Ruleset, Settlement, judge, settle

LEAST = timedelta(minutes=2)
"""How long any quote stands [d]."""


def quote(asked: QuoteWanted, known: Known, *, held: timedelta) -> Quote:
    """The answer to a question about this booking. Nothing is changed by it. It keeps no names: those are in `known`."""
    booking, wanted = known.booking, asked.wanted
    basis = Quote(
        pnr=booking.pnr,
        id=asked.id,
        asked=structs.replace(asked, names={}),
        acts=acts_of(wanted, known),
        outcome="refused",
        policy=known.fares.digest,
        rules=known.rules.version,
        booking_revision=known.revision,
        follows={journey.number: journey.last_fact for journey in booking.journeys if journey.last_fact},
        quoted_at=known.now,
        until=known.now + held,
    )
    try:
        found = becomes(wanted, known)
        carrier, ruleset = ruleset_of(wanted, known)
        if ruleset is None:
            raise Impossible(f"there are no fare rules for {carrier}", for_a_person=True)
        return _judged(structs.replace(basis, new_family=found.new_family), known, ruleset, held=held)
    except Impossible as impossible:
        return structs.replace(basis, outcome="person" if impossible.for_a_person else "refused", why=impossible.detail)
    except NotStated as bad:
        return structs.replace(basis, why=str(bad))


def _judged(basis: Quote, known: Known, ruleset: Ruleset, *, held: timedelta) -> Quote:
    asked = basis.asked
    stated = stated_to(ruleset, asked.stated)
    facts = facts_about(asked.wanted, known, ruleset) | stated
    if unknown := [one.kind for one in asked.pay_with if one.kind not in ruleset.instruments]:
        raise NotStated(f"{unknown[0]} is no means of payment here; there are {', '.join(ruleset.instruments)}")
    try:
        answer = judge(ruleset, basis.acts, facts)
        settled = _settled(ruleset, answer, known.booking, asked)
    except BadCase as bad:
        raise Impossible(str(bad), for_a_person=True) from bad
    if settled.refused:
        raise NotStated(settled.refused)
    found = structs.replace(
        basis,
        outcome=answer.outcome,
        cites=tuple(RuleCited(file=r.file, line=r.line, id=r.id, words=r.words) for r in answer.rules),
        missing=tuple(
            FactMissing(fact=one.fact, means=one.means, may_be_stated=one.fact not in DERIVED) for one in answer.missing
        ),
        facts={name: shown(value) for name, value in sorted(facts.items())},
        pay_with=dict(answer.pay_with),
        until=known.now + _stands(answer, held),
    )
    if answer.outcome != "allowed":
        return found
    if why := wish_of(asked.wanted).unaccounted(answer, facts, known.booking):
        return structs.replace(found, outcome="person", why=why)
    return structs.replace(found, price=_price(answer, settled))


def _stands(answer: Answer, held: timedelta) -> timedelta:
    if answer.hours is None:
        return held
    return min(held, max(timedelta(hours=float(answer.hours)), LEAST))


def _settled(ruleset: Ruleset, answer: Answer, booking: Booking, asked: QuoteWanted) -> Settlement:
    paid_with = booking.sale.paid_with if booking.sale else ()
    return settle(
        ruleset,
        answer,
        paid_with=convert(paid_with, tuple[Instrument, ...], from_attributes=True),
        pay_with=convert(asked.pay_with, tuple[Instrument, ...], from_attributes=True),
    )


def _price(answer: Answer, settled: Settlement) -> Price:
    movements = tuple(
        Movement(instrument=each.instrument, what=each.what, money=each.money, into=each.into)
        for each in settled.entries
    )
    if not any(each.what in ("kept", "refunded", "credited", "forfeited") for each in movements):
        movements = (*_to_whom_it_is_not_known(answer), *movements)
    return Price(
        charges=tuple(map(_part, answer.charges)),
        gives_up=answer.gives_up,
        back=tuple(map(_part, answer.back)),
        forfeited=answer.forfeited,
        grants=tuple(map(_part, answer.grants)),
        movements=movements,
        due=settled.due,
    )


def _to_whom_it_is_not_known(answer: Answer) -> list[Movement]:
    """What is given up, where it is not known which instruments had paid it."""
    found = [
        Movement(
            what="refunded" if "original" in part.into else "credited",
            money=part.money,
            into="" if "original" in part.into else part.into[0],
        )
        for part in answer.back
    ]
    if answer.forfeited is not None and answer.forfeited.amount > Decimal(0):
        found.append(Movement(what="forfeited", money=answer.forfeited))
    return found


def _part(amount: Amount) -> Part:
    return Part(what=amount.for_, money=amount.money, into=amount.into, valid_days=amount.valid_days)

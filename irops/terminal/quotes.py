"""A quote, and what became of a request, in plain words."""

from collections.abc import Iterator, Sequence

from contracts.money import Money
from contracts.names import spoken
from contracts.requests import Movement, Part, Price, Quote, RequestDone, RequestRefused

_MOVED = {
    "kept": "stays in the booking",
    "refunded": "is refunded",
    "credited": "is credited",
    "forfeited": "is forfeited",
    "charged": "is charged",
    "left": "is left",
    "lost": "is lost",
    "granted": "is granted",
}


def words_of_quote(quote: Quote) -> Iterator[str]:
    """What it would cost, by which rule, and until when; or why not."""
    yield quote.outcome
    if quote.why:
        yield f"  {quote.why}"
    if quote.outcome == "allowed":
        yield from words_of_price(quote.price)
    for one in quote.missing:
        whose = "state it with --fact" if one.may_be_stated else "the booking does not say"
        yield f"  missing    {one.fact}: {one.means} ({whose})"
    for rule in quote.cites:
        yield f"  {'depends on' if quote.missing else 'by'} {rule.file}:{rule.line} {rule.id}: {rule.words}"
    if quote.outcome == "allowed":
        yield f"  holds until {quote.until:%Y-%m-%d %H:%M} UTC; seats are not held"


def words_of_price(price: Price) -> Iterator[str]:
    """Each amount, and where it goes."""
    charged = [part.money for part in price.charges]
    yield f"  price      {_sum(charged) if charged else 'nothing'}"
    yield from map(_part, price.charges)
    if price.gives_up and price.gives_up.amount:
        yield f"  gives up   {_written(price.gives_up)}"
        yield from map(_part, price.back)
        if price.forfeited and price.forfeited.amount:
            yield f"             {_written(price.forfeited)} forfeited"
    for part in price.grants:
        yield f"  is given   {_written(part.money)} {part.what}{_given_as(part)}"
    for movement in price.movements:
        yield f"  {_movement(movement)}"
    if price.due:
        yield f"  {_written(price.due)} is due, and nothing pays it yet"


def words_of_answer(answer: RequestDone | RequestRefused) -> Iterator[str]:
    """What became of a request."""
    if isinstance(answer, RequestRefused):
        yield f"refused: {answer.refusal}: {answer.detail}"
        if answer.offers:
            yield f"there is a new quote, {answer.offers}: ask again"
        return
    yield "done"
    for journey in answer.journeys:
        before, after = (" and ".join(spoken(leg.flight) for leg in legs) for legs in (journey.before, journey.after))
        what = f"is on {after} now" if after else "is given up"
        yield f"  journey {journey.number}{f', {before},' if before else ''} {what}"
    for each in answer.wanted.seats:
        yield f"  on {spoken(each.flight)} the party sits in {', '.join(each.seats)} now"
    for number in answer.wanted.leave:
        yield f"  journey {number} is given no other trip"
    if answer.wanted.bags is not None:
        yield f"  the party may check {_counted(answer.wanted.bags, 'bag')} now"
    yield from (f"  passenger {place} is named as asked for" for place in answer.wanted.names)
    if complaint := answer.wanted.compensate:
        yield f"  journey {complaint.journey} is compensated for: {complaint.kind.replace('_', ' ')}"
    if answer.wanted.insurance is not None:
        yield f"  the trip is {'insured' if answer.wanted.insurance else 'not insured any more'}"


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _movement(movement: Movement) -> str:
    whose = f"{movement.instrument}: " if movement.instrument else ""
    return f"{whose}{_written(movement.money)} {_MOVED[movement.what]}{f' as {movement.into}' if movement.into else ''}"


def _part(part: Part) -> str:
    return f"             {_written(part.money)} {part.what}{f' back{_given_as(part)}' if part.into else ''}"


def _given_as(part: Part) -> str:
    return f" as {' or '.join(part.into)}{f', for {part.valid_days} days' if part.valid_days is not None else ''}"


def _sum(amounts: Sequence[Money]) -> str:
    return f"{sum(money.amount for money in amounts):f} {amounts[0].currency}"


def _written(money: Money) -> str:
    return f"{money.amount:f} {money.currency}"

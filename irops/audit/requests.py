"""Requests: whether each was answered once, by a quote that was an offer then, for the price that was agreed, by a rule; and
whether no one travels or pays because of it who should not.

What is due is added up here again, from the amounts alone. Whether a fare file has the rule is not judged: it reads none.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from contracts.ledger import Booking, Journey
from contracts.money import Money
from contracts.names import Id, Pnr
from contracts.requests import Movement, PaymentDue, Price, Quote, RequestDone, RequestMade, RequestRefused, Wanted
from contracts.reservations import BookingAmended, BookingContradicted, BookingWithdrawn
from irops.audit.asked_seats import paid_otherwise, seated_otherwise
from irops.audit.beside_trips import other_than_requested
from irops.audit.compensations import wrongly_compensated
from irops.audit.findings import Findings
from irops.audit.journeys import Steps
from irops.audit.left_waitlist import left_otherwise
from irops.audit.rules import RuleBook
from irops.audit.streams import Streams

_GIVEN_UP = ("refunded", "credited", "forfeited")
_STAYS = ("kept", "left")
Of = tuple[Pnr, Id]
"""A PNR, and the id of a request or of a quote."""
_Answers = Mapping[Of, Sequence[tuple[int, RequestDone | RequestRefused]]]
_Changes = Mapping[Of, BookingAmended | BookingWithdrawn]


def misjudged(streams: Streams, book: RuleBook, steps: Steps) -> Findings:
    """Requests, quotes and bookings, each once, that were not answered as they had to be, or are not as answers left them."""
    found = Findings()
    answers: defaultdict[Of, list[tuple[int, RequestDone | RequestRefused]]] = defaultdict(list)
    carried_out: defaultdict[Pnr, list[RequestDone]] = defaultdict(list)
    for sequence, answer in sorted(streams.answered, key=lambda pair: pair[0]):
        answers[answer.pnr, answer.id].append((sequence, answer))
        if isinstance(answer, RequestDone):
            carried_out[answer.pnr].append(answer)
    for fault in (
        *_by_request(answers, streams, book),
        *_by_quote(answers, streams),
        *_by_booking(carried_out, streams),
        *other_than_requested(streams),
        *seated_otherwise(streams),
        *paid_otherwise(streams),
        *wrongly_compensated(streams),
        *left_otherwise(streams, steps),
    ):
        found.add(fault)
    return found


def _by_request(answers: _Answers, streams: Streams, book: RuleBook) -> Iterator[str]:
    made = {(each.pnr, each.id): each for each in streams.requests}
    payments: defaultdict[Of, list[PaymentDue]] = defaultdict(list)
    for payment in streams.payments:
        payments[payment.pnr, payment.id].append(payment)
    changed = Counter(
        (fact.pnr, fact.id) for _, fact in streams.amended if not isinstance(fact, BookingContradicted) and fact.request
    )
    yield from (f"{pnr} request {id_} has changed something {n} times" for (pnr, id_), n in changed.items() if n > 1)
    changes: _Changes = {
        (fact.pnr, fact.id): fact
        for _, fact in streams.amended
        if not isinstance(fact, BookingContradicted) and fact.request
    }
    for of in sorted(made.keys() | answers.keys() | payments.keys() | changes.keys()):
        if of[0] in streams.expired:
            continue
        faults = _faults(made.get(of), answers.get(of, ()), payments.get(of, ()), changes.get(of), streams, book)
        if (wrong := next(faults, None)) is not None:
            yield f"{of[0]} request {of[1]} {wrong}"


def _by_quote(answers: _Answers, streams: Streams) -> Iterator[str]:
    for of, quote in sorted(streams.quotes.items()):
        if (wrong := next(_of_quote(quote, answers, streams), None)) is not None:
            yield f"{of[0]} quote {of[1]} {wrong}"
    used = Counter(
        (answer.pnr, answer.quote) for own in answers.values() for _, answer in own if isinstance(answer, RequestDone)
    )
    yield from (f"{pnr} quote {id_} was used by {times} requests" for (pnr, id_), times in used.items() if times > 1)


def _by_booking(carried_out: Mapping[Pnr, Sequence[RequestDone]], streams: Streams) -> Iterator[str]:
    for pnr, booking in sorted(streams.bookings.items()):
        if pnr in streams.expired:
            continue
        if (wrong := next(_of_booking(booking, carried_out.get(pnr, ()), streams), None)) is not None:
            yield f"{pnr} {wrong}"


def _faults(
    request: RequestMade | None,
    answers: Sequence[tuple[int, RequestDone | RequestRefused]],
    payments: Sequence[PaymentDue],
    change: BookingAmended | BookingWithdrawn | None,
    streams: Streams,
    book: RuleBook,
) -> Iterator[str]:
    if len(answers) > 1:
        yield "was answered twice"
    if request is None and answers and streams.whole:
        yield "was answered, and never made"
    if not answers:
        yield "was never answered" if request is not None else "has consequences, and was never carried out"
        return
    sequence, answer = answers[0]
    if request is not None and request.quote != answer.quote:
        yield "was answered by another quote than it names"
    if answer.rules != book.in_force(sequence):
        yield f"was decided by rules {answer.rules}, and {book.in_force(sequence)} were in force"
    if isinstance(answer, RequestRefused):
        if payments or change is not None:
            yield "was refused, and has changed something"
        if answer.offers and (answer.pnr, answer.offers) not in streams.quotes and streams.whole:
            yield "is offered a quote that does not exist"
        return
    yield from _of_done(answer, request, streams.quotes.get((answer.pnr, answer.quote)), whole=streams.whole)
    yield from _of_payment(answer, payments)
    yield from _of_change(answer, change, streams.bookings.get(answer.pnr))


def _of_done(done: RequestDone, request: RequestMade | None, quote: Quote | None, *, whole: bool) -> Iterator[str]:
    if done.decided_at > done.quoted_until:
        yield "was carried out after its quote had expired"
    if not done.cites:
        yield "was carried out by no rule"
    yield from _not_conserved(done.price)
    if request is not None and (request.revision, request.price) != (done.quote_revision, done.price):
        yield "was carried out at another price than was agreed to"
    if quote is None:
        if whole:
            yield "was carried out by a quote that does not exist"
        return
    yield from _not_as_quoted(done, quote)


def _not_as_quoted(done: RequestDone, quote: Quote) -> Iterator[str]:
    if quote.outcome != "allowed":
        yield f"was carried out by a quote that was no offer: {quote.outcome}"
    if quote.used_by != done.id:
        yield "was carried out by a quote that it has not used"
    if (quote.until, quote.policy, quote.acts) != (done.quoted_until, done.policy, done.acts):
        yield "was carried out otherwise than it was quoted"
    if quote.asked.wanted != done.wanted:
        yield "has done something else than it asks for"
    if (quote.price, quote.cites) != (done.price, done.cites):
        yield "was carried out at another price, or by other rules, than was quoted"
    if {journey.number for journey in done.journeys} != _numbers(quote.asked.wanted):
        yield "has changed other journeys than it asks for"
    after = {each.number: [(leg.flight, leg.cabin) for leg in each.after] for each in done.journeys}
    for trip in quote.asked.wanted.change:
        if after.get(trip.journey) != [(each.flight, each.cabin) for each in trip.flights]:
            yield f"has put journey {trip.journey} on other flights than it asks for"
    if any(quote.follows.get(journey.number, "") != journey.follows for journey in done.journeys):
        yield "has changed a journey about which something had happened since its quote"


def _numbers(wanted: Wanted) -> set[int]:
    """The journeys that are asked about."""
    return {*wanted.cancel, *(trip.journey for trip in wanted.change)}


def _of_payment(done: RequestDone, payments: Sequence[PaymentDue]) -> Iterator[str]:
    moved = tuple(each for each in done.price.movements if each.what not in _STAYS)
    if not payments:
        if moved or done.price.due:
            yield "moves money, and none is due"
        return
    payment = payments[0]
    if len(payments) > 1:
        yield "has money due twice"
    if payment.decided_at != done.decided_at:
        yield "has money due since another time than it was carried out"
    if not payment.cites:
        yield "has money due by no rule"
    if (payment.movements, payment.due, payment.cites) != (moved, done.price.due, done.cites):
        yield "has something else due than its price says"


def _of_change(
    done: RequestDone, change: BookingAmended | BookingWithdrawn | None, booking: Booking | None
) -> Iterator[str]:
    if change is None:
        yield "was carried out, and has changed nothing"
        return
    if change.decided_at != done.decided_at:
        yield "has changed something at another time than it was carried out"
    if booking is not None and booking.version == change.version:  # no version of the reservation system's since
        if booking.party.passengers != done.passengers:
            yield "says that another number travels"
        gone = {journey.number for journey in done.journeys if not journey.after}
        if not gone <= {each.journey for each in booking.given_up}:
            yield "has given up a journey that the reservation system could bring back"
    if change.journeys != done.journeys:
        yield "has changed other journeys than it says"
    if isinstance(change, BookingWithdrawn):
        return
    if change.after.passengers != done.passengers:
        yield "says that another number travels"
    before = change.before
    if before is None or (before.passengers, before.seats) != (change.after.passengers, change.after.seats):
        yield "has changed how many travel"
    elif (before.language, before.contact) != (done.language, done.contact):
        yield "is for another reader than its party"


def _not_conserved(price: Price) -> Iterator[str]:
    """Amounts that do not add up, to the cent."""
    up = price.gives_up
    back, charged = ([part.money for part in parts] for parts in (price.back, price.charges))
    rest = [price.forfeited] if price.forfeited else []
    if _sum([up] if up else []) != _sum([*back, *rest]):
        yield "gives up something else than is given back and forfeited"
    if _sum([up] if up else []) != _sum(_of(price.movements, *_GIVEN_UP)):
        yield "gives up something else than moves from what had paid"
    due = [price.due] if price.due else []
    if _sum(charged) != _sum([*_of(price.movements, "charged"), *due]):
        yield "charges something else than is to be paid"
    if _sum([part.money for part in price.grants]) != _sum(_of(price.movements, "granted")):
        yield "grants something else than is given"


def _of(movements: Collection[Movement], *what: str) -> list[Money]:
    return [each.money for each in movements if each.what in what]


def _sum(amounts: Sequence[Money]) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for money in amounts:
        found[money.currency] += money.amount
    return {currency: amount for currency, amount in found.items() if amount}


def _of_quote(quote: Quote, answers: _Answers, streams: Streams) -> Iterator[str]:
    amounts = quote.price
    if quote.outcome != "allowed" and amounts != Price():
        yield "is no offer, and has a price"
    if quote.outcome == "allowed" and not quote.cites:
        yield "is an offer by no rule"
    if (quote.asked.pnr, quote.asked.id) != (quote.pnr, quote.id):
        yield "answers another question"
    paid = quote.facts.get("paid") if quote.asked.wanted.cancel else None
    if amounts.gives_up and paid and paid != f"{amounts.gives_up.amount:f} {amounts.gives_up.currency}":
        yield f"gives up {amounts.gives_up.amount:f} of {paid}"
    offered = {one.id for one in quote.asked.pay_with}
    if not {each.instrument for each in amounts.movements if each.what == "charged"} <= offered:
        yield "charges what was not offered to pay with"
    if quote.until <= quote.quoted_at:
        yield "has expired before it was made"
    yield from _not_conserved(amounts)
    used = [each for _, each in answers.get((quote.pnr, quote.used_by), ()) if isinstance(each, RequestDone)]
    if quote.used_by and streams.whole and not used:
        yield f"is used by {quote.used_by}, which was not carried out"


def _reserved_wrongly(booking: Booking, done: Sequence[RequestDone]) -> Iterator[str]:
    """A journey that a request has changed is known as the reservation system had it: as sold, where nothing came before."""
    sold = {each.number: each.before for one in done for each in one.journeys if not each.follows}
    for journey in booking.journeys if not booking.version else ():
        reserved = [(each.flight, each.cabin) for each in journey.reserved]
        wanted = [(leg.flight, leg.cabin) for leg in sold.get(journey.number, ())]
        if wanted and reserved != wanted and (reserved or wanted != _ticketed(booking, journey)):
            yield f"has journey {journey.number} reserved on other flights than it was"


def _ticketed(booking: Booking, journey: Journey) -> list[tuple[str, str]]:
    return [(flight, booking.party.cabin) for flight in journey.ticket.flights]


def _of_booking(booking: Booking, done: Sequence[RequestDone], streams: Streams) -> Iterator[str]:
    """A booking that is not as its requests have left it."""
    if booking.changes < (times := sum(bool(each.journeys) for each in done)):
        yield f"has been changed {times} times by requests, and counts {booking.changes}"
    before = {journey.number: journey for each in done for journey in each.journeys if not journey.after}
    for gone in booking.given_up:
        known = before.get(gone.journey)
        if known is None:
            if streams.whole:
                yield f"has given up journey {gone.journey}, and no request did"
        elif not known.follows and [(leg.flight, leg.cabin) for leg in known.before] != [
            (each.flight, each.cabin) for each in gone.reserved
        ]:
            yield f"has given up journey {gone.journey} on other flights than it had"
    yield from _reserved_wrongly(booking, done)
    paid_with = [one.amount for one in booking.sale.paid_with if one.amount] if booking.sale else []
    if paid_with and _sum(paid_with) != _sum([item.price for item in booking.party.paid]):
        yield "was paid for with another amount than was paid"

"""Seats by number that requests have given: those that were asked for, priced as what they are.

What a seat is comes from the layout. That it is held once, and that its party may sit there, is in `seat_numbers`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from contracts.layouts import Layout, SeatNumber
from contracts.money import Currency, Money
from contracts.names import Pnr
from contracts.requests import Quote, RequestDone, SeatsWanted
from contracts.reservations import BookingAmended
from irops.audit.streams import Streams


def seated_otherwise(streams: Streams) -> Iterator[str]:
    """Requests for seats that have given others, or at the price of others, each in one line."""
    changes = {(fact.pnr, fact.id): fact for _, fact in streams.amended if isinstance(fact, BookingAmended)}
    for _, done in streams.answered:
        if not isinstance(done, RequestDone) or not done.wanted.seats or done.pnr in streams.expired:
            continue
        faults = _faults(done, changes.get((done.pnr, done.id)), streams.quotes.get((done.pnr, done.quote)), streams)
        if (wrong := next(faults, None)) is not None:
            yield f"{done.pnr} request {done.id} {wrong}"


def paid_otherwise(streams: Streams) -> Iterator[str]:
    """Bookings in which what was paid before requests moved money is not what it was, each in one line."""
    done: defaultdict[Pnr, list[tuple[int, RequestDone]]] = defaultdict(list)
    for at, answer in sorted(streams.answered, key=lambda pair: pair[0]):
        if isinstance(answer, RequestDone):
            done[answer.pnr].append((at, answer))
    for pnr, booking in sorted(streams.bookings.items()):
        if pnr in streams.expired or booking.is_withdrawn or any(each.acts[:1] == ("cancel",) for _, each in done[pnr]):
            continue
        moved = [(at, each) for at, each in done[pnr] if each.price.charges or each.price.gives_up]
        before = booking.before_requests.paid
        if not moved:
            if before is not None and streams.whole:
                yield f"{pnr} has what was paid before requests, and none has moved money"
        elif not _has_a_version_since(pnr, moved[0][0], streams):
            costs = _sum(part.money for _, each in moved for part in each.price.charges)
            back = _sum(each.price.gives_up for _, each in moved if each.price.gives_up)
            net = {currency: costs[currency] - back[currency] for currency in costs.keys() | back.keys()}
            if before is None:
                if any(net.values()):
                    yield f"{pnr} has not what was paid before its requests"
                continue
            had, has = (_sum(item.price for item in items) for items in (before, booking.party.paid))
            if any(has[each] - had[each] != net.get(each, 0) for each in had.keys() | has.keys() | net.keys()):
                yield f"{pnr} has paid something else than before its requests and by them"
            elif all(each.wanted.seats for _, each in done[pnr]) and booking.party.paid[: len(before)] != before:
                yield f"{pnr} has not what was paid before its requests for seats"


def _has_a_version_since(pnr: Pnr, since: int, streams: Streams) -> bool:
    return any(
        at > since and fact.pnr == pnr and not fact.request
        for at, fact in streams.amended
        if isinstance(fact, BookingAmended)
    )


def _sum(amounts: Iterable[Money]) -> defaultdict[Currency, Decimal]:
    found: defaultdict[Currency, Decimal] = defaultdict(Decimal)
    for money in amounts:
        found[money.currency] += money.amount
    return found


def _faults(done: RequestDone, change: BookingAmended | None, quote: Quote | None, streams: Streams) -> Iterator[str]:
    for wanted in done.wanted.seats:
        if change is not None and change.seats.get(wanted.flight) != wanted.seats:
            yield f"has given other seats on {wanted.flight} than it asks for"
    kinds = _kinds(done.wanted.seats, streams)
    priced = quote.facts.get("seat_kinds") if quote else None
    if priced is not None and kinds is not None and priced != ", ".join(sorted(kinds)):
        yield f"was priced for seats that are {priced}, and they are {', '.join(sorted(kinds))}"


def _kinds(asked: Iterable[SeatsWanted], streams: Streams) -> set[str] | None:
    """What they are; None where it is not known by which layout they were."""
    found = set[str]()
    for each in asked:
        ledger = streams.seats.get(each.flight)
        layout = streams.layouts.get(ledger.layout) if ledger and ledger.layout else None
        if layout is None or any(fact.flight == each.flight for _, fact in streams.reassigned):
            return None
        for number in each.seats:
            found |= {_position(number, layout)} | _marks(number, layout)
    return found


def _marks(number: SeatNumber, layout: Layout) -> set[str]:
    marks = {
        "exit": int(number[:-1]) in layout.exits,
        "extra_legroom": number in layout.extra_legroom,
        "bassinet": number in layout.bassinets,
    }
    return {mark for mark, is_so in marks.items() if is_so}


def _position(number: SeatNumber, layout: Layout) -> str:
    """At a window the first and the last of a row, at an aisle those beside one, unless the layout says otherwise."""
    if number in layout.positions:
        return layout.positions[number]
    row = int(number[:-1])
    letters = next((section.letters for each, section in layout.rows() if each == row), "")
    if number[-1] in (letters[:1], letters[-1:]):
        return "window"
    blocks = letters.split(" ")
    return "aisle" if any(number[-1] in (block[:1], block[-1:]) for block in blocks) else "middle"

"""What requests have changed of bookings beside their trips: whether bookings have it, whatever the reservation system has
repeated since.

What a booking should have is worked out from the requests carried out and the versions applied, in their order: what the
reservation system had before a request is the quote's, and a version that repeats it, or says nothing, changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from contracts.ledger import BeforeRequests, Booking
from contracts.names import Pnr
from contracts.requests import Quote, RequestDone
from contracts.reservations import BookingAmended, ReservationStatus
from contracts.sales import Sale
from irops.audit.streams import Streams

_NO_SALE = Sale()


def other_than_requested(streams: Streams) -> Iterator[str]:
    """What bookings have otherwise than their requests and versions make it, each in one line."""
    happened: defaultdict[Pnr, list[tuple[int, RequestDone | BookingAmended]]] = defaultdict(list)
    for sequence, answer in streams.answered:
        if isinstance(answer, RequestDone):
            happened[answer.pnr].append((sequence, answer))
    for sequence, fact in streams.amended:
        if isinstance(fact, BookingAmended) and not fact.request and fact.pnr in happened:
            happened[fact.pnr].append((sequence, fact))
    statuses = {(each.pnr, each.version): each for _, each in streams.reservations}
    for pnr, booking in sorted(streams.bookings.items()):
        if booking.is_withdrawn and booking.before_requests != BeforeRequests():
            yield f"{pnr} has no journeys any more, and keeps what was before its requests"
        if booking.is_withdrawn or pnr in streams.expired:
            continue
        known = _Known()
        for _, step in sorted(happened.get(pnr, ()), key=lambda pair: pair[0]):
            if isinstance(step, RequestDone):
                known.by_request(step, streams.quotes.get((pnr, step.quote)))
            else:
                known.by_version(statuses.get((pnr, step.version)))
        if (wrong := next(_faults(booking, known, whole=streams.whole), None)) is not None:
            yield f"{pnr} {wrong}"


def _faults(booking: Booking, known: "_Known", *, whole: bool) -> Iterator[str]:
    yield from (f"has had {what} changed by a version, against its requests" for what in sorted(known.taken_back))
    has, sale = booking.before_requests, booking.sale or _NO_SALE
    for what, now, before in (("bags", sale.bags, has.bags), ("insurance", sale.insurance, has.insurance)):
        if what in known.value and now != known.value[what]:
            yield f"has {what} {now}, and its requests leave {known.value[what]}"
        elif what in known.value and before != known.before[what]:
            yield f"has {what} {before} from before its requests, which was {known.before[what]}"
        elif whole and before is not None and what not in known.touched:
            yield f"has {what} from before requests, and none has changed that"
    if whole and len(has.names) > known.named:
        yield "has more passengers named otherwise than its requests have asked for"
    ancillaries: defaultdict[str, Decimal] = defaultdict(Decimal)
    for item in booking.party.paid:
        if item.kind == "ancillary":
            ancillaries[item.price.currency] += item.price.amount
    for currency, amount in known.charged.items():
        if ancillaries[currency] < amount:
            yield f"has paid less {currency} for ancillaries than its requests have charged"


@dataclass
class _Known:
    """What follows from the requests and versions about one booking."""

    value: dict[str, int | bool | None] = field(default_factory=dict)
    """What the booking has, where that follows."""
    before: dict[str, int | bool | None] = field(default_factory=dict)
    """What the reservation system had before requests; None: it knows what they have made of it."""
    touched: set[str] = field(default_factory=set)
    """What requests have ever changed."""
    named: int = 0
    """How many passengers requests have named otherwise, each as often as that was done."""
    taken_back: set[str] = field(default_factory=set)
    """What a version has otherwise than requests and than before them, and was applied all the same."""
    charged: dict[str, Decimal] = field(default_factory=dict)
    """For that, by currency, less what was given up; empty where a version may have changed that since."""

    def by_request(self, done: RequestDone, quote: Quote | None) -> None:
        wanted = done.wanted
        self.named += len(wanted.names)
        if wanted.bags is not None:
            had = quote.facts.get("bags_before", "") if quote else ""
            self._becomes("bags", wanted.bags, had=int(had) if had.isdecimal() else None)
        if wanted.insurance is not None:
            self._becomes("insurance", wanted.insurance, had=not wanted.insurance)
        if wanted.bags is not None or wanted.insurance is not None or wanted.seats:
            for part in done.price.charges:
                self._pays(part.money.currency, part.money.amount)
            if up := done.price.gives_up:
                self._pays(up.currency, -up.amount)

    def _pays(self, currency: str, amount: Decimal) -> None:
        self.charged[currency] = self.charged.get(currency, Decimal(0)) + amount

    def _becomes(self, what: str, value: int | bool, *, had: int | bool | None) -> None:
        self.touched.add(what)
        was = self.before.get(what)
        was = had if was is None else was
        if was is None:  # its quote is not on record
            self._forget(what)
            return
        self.value[what], self.before[what] = value, was

    def by_version(self, status: ReservationStatus | None) -> None:
        if status is None or status.booking is None:
            for what in tuple(self.value):
                self._forget(what)
            self.charged.clear()
            return
        sale = status.booking.sale or _NO_SALE
        for what, says in (("bags", sale.bags), ("insurance", sale.insurance)):
            if what not in self.value:
                continue
            before = self.before[what]
            if before is None:
                self._forget(what)  # its word holds
            elif says == self.value[what]:
                self.before[what] = None
            elif says is not None and says != before:
                self.taken_back.add(what)
        if not any(each is not None for each in self.before.values()):
            self.charged.clear()

    def _forget(self, what: str) -> None:
        self.value.pop(what, None)
        self.before.pop(what, None)

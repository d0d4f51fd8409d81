"""Bookings against what requests have changed of them beside their trips, and what versions have repeated since."""

from collections.abc import Sequence
from dataclasses import replace as but
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.ledger import BeforeRequests, Booking
from contracts.money import Money, PaidItem
from contracts.requests import Part, Price, Quote, QuoteWanted, RequestDone, Wanted
from contracts.reservations import BookingAmended, PartySummary, ReservationStatus
from contracts.sales import Sale
from irops.audit.beside_trips import other_than_requested
from tests.irops.audit.audit_world import NOW, sound

THIRTY = Money(amount=Decimal(30), currency="USD")
BAGS = Wanted(bags=3)
_HAD = sound().bookings["T"]


def has(bags: int | None = 3, *, before: int | None = 2, paid: int = 30, insurance: bool | None = None) -> Booking:
    """The booking now."""
    items = (PaidItem(kind="ancillary", price=Money(amount=Decimal(paid), currency="USD")),)
    return structs.replace(
        _HAD,
        party=structs.replace(_HAD.party, paid=items),
        sale=Sale(bags=bags, insurance=insurance),
        before_requests=BeforeRequests(bags=before),
    )


def request(id_: str = "one", wanted: Wanted = BAGS) -> tuple[RequestDone, Quote]:
    """One that was carried out for 30 dollars, and its quote: the booking had two bags."""
    price = Price(charges=(Part(what="bags", money=THIRTY),))
    question = QuoteWanted(pnr="T", id=id_, wanted=wanted)
    quote = Quote(
        pnr="T",
        id=id_,
        asked=question,
        acts=("add_bags",),
        outcome="allowed",
        price=price,
        facts={"bags_before": "2"},
        booking_revision=1,
        quoted_at=NOW,
        until=NOW + timedelta(minutes=30),
    )
    done = RequestDone(
        pnr="T",
        id=id_,
        quote=id_,
        acts=quote.acts,
        wanted=wanted,
        cites=(),
        price=price,
        policy="",
        quote_revision=1,
        quoted_until=quote.until,
        passengers=2,
        decided_at=NOW,
    )
    return done, quote


def version(number: int, sale: Sale | None) -> tuple[BookingAmended, ReservationStatus]:
    """A version that was applied, with this word about how the booking was sold."""
    fact = BookingAmended(
        pnr="T", id=f"v{number}", version=number, after=PartySummary(passengers=2, seats=2), decided_at=NOW
    )
    return fact, ReservationStatus(pnr="T", version=number, booking=structs.replace(_HAD, sale=sale))


def faults(
    booking: Booking,
    *happened: tuple[RequestDone, Quote] | tuple[BookingAmended, ReservationStatus],
    whole: bool = True,
    quoted: bool = True,
) -> Sequence[str]:
    """What is wrong once these have happened, in this order."""
    streams = but(sound(), whole=whole, bookings={"T": booking})
    for sequence, (fact, of) in enumerate(happened, start=1):
        if isinstance(fact, RequestDone):
            streams = but(streams, answered=[*streams.answered, (sequence, fact)])
        else:
            streams = but(streams, amended=[*streams.amended, (sequence, fact)])
        if isinstance(of, ReservationStatus):
            streams = but(streams, reservations=[*streams.reservations, (sequence, of)])
        elif quoted:
            streams = but(streams, quotes={**streams.quotes, ("T", of.id): of})
    return list(other_than_requested(streams))


def test_a_booking_has_what_its_request_has_made_of_it() -> None:
    """And what the reservation system had before."""
    assert faults(has(), request()) == []
    assert faults(has(2), request()) == ["T has bags 2, and its requests leave 3"]
    assert faults(has(before=None), request()) == ["T has bags None from before its requests, which was 2"]


@pytest.mark.parametrize("sale", [None, Sale(), Sale(bags=2)], ids=["no word", "no word about bags", "as before"])
def test_a_version_that_says_nothing_new_has_undone_nothing(sale: Sale | None) -> None:
    """The booking has what was asked for, still."""
    assert faults(has(), request(), version(1, sale)) == []
    assert faults(has(2), request(), version(1, sale)) == ["T has bags 2, and its requests leave 3"]


def test_a_version_that_has_it_settles_it() -> None:
    """The next version's word holds."""
    assert faults(has(before=None), request(), version(1, Sale(bags=3))) == []
    assert faults(has(), request(), version(1, Sale(bags=3))) != []
    assert faults(has(1, before=None, paid=0), request(), version(1, Sale(bags=3)), version(2, Sale(bags=1))) == []


def test_a_version_that_has_something_else_may_not_be_applied() -> None:
    """It is contradicted."""
    assert faults(has(), request(), version(1, Sale(bags=5))) == [
        "T has had bags changed by a version, against its requests"
    ]


def test_what_requests_have_charged_is_among_what_was_paid() -> None:
    """The booking may have had more before."""
    two = request(), request("two", Wanted(bags=4))
    assert faults(has(4, paid=60), *two) == []
    assert faults(has(4, paid=59), *two) == ["T has paid less USD for ancillaries than its requests have charged"]


def test_a_mark_has_a_request() -> None:
    """Where all are on record."""
    assert faults(has()) == ["T has bags from before requests, and none has changed that"]
    assert faults(has(), whole=False) == []


def test_without_the_quote_what_was_before_is_not_known() -> None:
    """Nothing is judged."""
    assert faults(has(2), request(), quoted=False) == []


def test_insurance_was_the_other_before() -> None:
    """A request for what is so already is no offer."""
    booking = structs.replace(has(None, insurance=True), before_requests=BeforeRequests(insurance=False))
    assert faults(booking, request(wanted=Wanted(insurance=True))) == []
    assert faults(structs.replace(booking, sale=Sale(insurance=False)), request(wanted=Wanted(insurance=True))) == [
        "T has insurance False, and its requests leave True"
    ]

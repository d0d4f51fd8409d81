"""Compensations against the flights, the requests and the bookings."""

from collections.abc import Sequence
from dataclasses import replace as but
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.ledger import Complaint, ComplaintKind
from contracts.money import Money
from contracts.requests import Part, Price, Quote, QuoteWanted, RequestDone, Wanted
from irops.audit.compensations import wrongly_compensated
from tests.irops.audit.audit_world import NOW, sound

TWENTY = Money(amount=Decimal(20), currency="USD")
GRANT = Price(grants=(Part(what="delay", money=TWENTY, into=("voucher",)),))


def faults(
    *of: tuple[str, ComplaintKind], price: Price = GRANT, noted: bool = True, whole: bool = True
) -> Sequence[str]:
    """What is wrong once these parties were compensated for this, as confirmed, and their bookings have it if `noted`."""
    streams = but(sound(), whole=whole)
    for number, (pnr, kind) in enumerate(of, start=1):
        complaint = Complaint(journey=1, kind=kind)
        wanted = Wanted(compensate=complaint)
        until = NOW + timedelta(minutes=30)
        quote = Quote(
            pnr=pnr,
            id=f"q{number}",
            asked=QuoteWanted(pnr=pnr, id=f"q{number}", wanted=wanted),
            acts=("compensate",),
            outcome="allowed",
            price=price,
            facts={"confirmed": "yes"},
            booking_revision=1,
            quoted_at=NOW,
            until=until,
        )
        done = RequestDone(
            pnr=pnr,
            id=f"r{number}",
            quote=quote.id,
            acts=quote.acts,
            wanted=wanted,
            cites=(),
            price=price,
            policy="",
            quote_revision=1,
            quoted_until=until,
            passengers=2,
            decided_at=NOW,
        )
        booking = structs.replace(streams.bookings[pnr], compensated=(complaint,) if noted else ())
        streams = but(
            streams,
            bookings={**streams.bookings, pnr: booking},
            quotes={**streams.quotes, (pnr, quote.id): quote},
            answered=[*streams.answered, (100 + number, done)],
        )
    return list(wrongly_compensated(streams))


@pytest.mark.parametrize(
    ("pnr", "kind"),
    [("R", "cancelled_flight"), ("S", "cancelled_flight"), ("K", "delayed_flight")],
    ids=["moved off it", "waits for another", "kept the late one"],
)
def test_what_has_happened_may_be_compensated(pnr: str, kind: ComplaintKind) -> None:
    """On any flight that the journey had."""
    assert faults((pnr, kind)) == []


def test_what_has_not_happened_is_found() -> None:
    """By the flights; where all that happened is on record."""
    assert faults(("T", "delayed_flight")) == ["T request r1 is for a delayed flight, and journey 1 had none"]
    assert faults(("K", "cancelled_flight")) == ["K request r1 is for a cancelled flight, and journey 1 had none"]
    assert faults(("T", "delayed_flight"), whole=False) == []


def test_a_complaint_that_is_compensated_twice_is_found() -> None:
    """Whatever quotes it had."""
    assert faults(("K", "delayed_flight"), ("K", "delayed_flight")) == [
        "K was compensated 2 times for journey 1: delayed_flight"
    ]


def test_a_booking_says_what_it_was_compensated_for() -> None:
    """And nothing else."""
    assert faults(("K", "delayed_flight"), noted=False) == ["K was compensated, and its booking does not say so"]
    world = but(sound(), whole=True)
    noted = structs.replace(world.bookings["K"], compensated=(Complaint(journey=1, kind="other"),))
    assert list(wrongly_compensated(but(world, bookings={**world.bookings, "K": noted}))) == [
        "K has a compensation on record, and no request has granted one"
    ]


def test_a_compensation_grants_and_takes_nothing() -> None:
    """By its price."""
    assert faults(("K", "delayed_flight"), price=Price()) == ["K request r1 is a compensation, and grants nothing"]
    fee = structs.replace(GRANT, charges=(Part(what="fee", money=TWENTY),))
    assert faults(("K", "delayed_flight"), price=fee) == ["K request r1 is a compensation, and takes something"]

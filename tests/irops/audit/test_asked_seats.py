"""Seats by number that requests have given otherwise than they were asked for, or priced."""

from dataclasses import replace as but
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.layouts import Layout, Section
from contracts.ledger import BeforeRequests, Reseated, SeatsReassigned
from contracts.money import Money, PaidItem
from contracts.notices import NoticeSent, RequestReported
from contracts.requests import Part, Price, Quote, QuoteWanted, RequestDone, SeatsWanted, Wanted
from contracts.reservations import BookingAmended, PartySummary
from irops.audit import Streams
from irops.audit.asked_seats import paid_otherwise, seated_otherwise
from irops.audit.seats_confirmed import confirmed_wrongly
from tests.irops.audit.audit_world import FINE, NOW, sound

CABIN = Layout(
    layout="cabin", sections=(Section(cabin="economy", first=1, last=9, letters="ABC DEF"),), exits=(2,),
    extra_legroom=("2A", "2B", "2C"), bassinets=("1C",),
)  # fmt: skip
SEATS = ("2A", "2B")
WANTED = Wanted(seats=(SeatsWanted(journey=1, flight=FINE, seats=SEATS),))
FARE = PaidItem(kind="fare", price=Money(amount=Decimal(200), currency="USD"))
FEE = Money(amount=Decimal(50), currency="USD")
PRICE = Price(charges=(Part(what="legroom", money=FEE),))
QUOTE = Quote(
    pnr="T", id="q", asked=QuoteWanted(pnr="T", id="q", wanted=WANTED), acts=("change_seat",), outcome="allowed", price=PRICE,
    facts={"seat_kinds": "exit, extra_legroom, middle, window"}, booking_revision=1, quoted_at=NOW, until=NOW,
)  # fmt: skip
DONE = RequestDone(
    pnr="T", id="r", quote="q", acts=("change_seat",), wanted=WANTED, cites=(), price=PRICE, policy="p", quote_revision=1,
    quoted_until=NOW, passengers=2, decided_at=NOW,
)  # fmt: skip
CHANGE = BookingAmended(
    pnr="T", id="r", version=0, after=PartySummary(passengers=2, seats=2), seats={FINE: SEATS}, decided_at=NOW, request=True
)  # fmt: skip
LETTER = NoticeSent(
    pnr="T", id="r", channel="maildir", sent_at=NOW,
    request=RequestReported(done=True, trips={1: (FINE,)}, seats={FINE: SEATS}),
)  # fmt: skip


def world() -> Streams:
    """T has 2A and 2B on FINE, for 50 dollars."""
    known = but(sound(), whole=True, layouts={"cabin": CABIN})
    ledger = replace(known.seats[FINE], layout="cabin", numbers={"T": SEATS})
    ours = known.bookings["T"]
    paid = (FARE, PaidItem(kind="ancillary", price=FEE, journey=1))
    ours = replace(ours, party=replace(ours.party, paid=paid), before_requests=BeforeRequests(paid=(FARE,)))
    return but(
        known,
        seats={**known.seats, FINE: ledger},
        bookings={**known.bookings, "T": ours},
        answered=[(100, DONE)],
        amended=[(101, CHANGE)],
        quotes={("T", "q"): QUOTE},
        sent=[LETTER],
    )


WORLD = world()


def found(streams: Streams) -> list[str]:
    return [*seated_otherwise(streams), *paid_otherwise(streams), *confirmed_wrongly(streams)]


def paid(*items: PaidItem, before: tuple[PaidItem, ...] | None = (FARE,)) -> Streams:
    ours = WORLD.bookings["T"]
    ours = replace(ours, party=replace(ours.party, paid=items), before_requests=BeforeRequests(paid=before))
    return but(WORLD, bookings={**WORLD.bookings, "T": ours})


def letter(**says: object) -> Streams:
    assert LETTER.request is not None
    return but(WORLD, sent=[replace(LETTER, request=replace(LETTER.request, **says))])


def test_seats_that_were_asked_for_and_paid_are_no_fault() -> None:
    """Nor those of another aircraft since, which the letter need not show."""
    moved = SeatsReassigned(
        flight=FINE, n=1, cause="aircraft", layout="cabin", parties=(Reseated("T", SEATS, ("4A", "4B")),)
    )
    later = but(letter(seats={FINE: ("4A", "4B")}), reassigned=[(102, moved)])
    assert (found(WORLD), found(later)) == ([], [])


@pytest.mark.parametrize(
    ("streams", "what"),
    [
        pytest.param(
            but(WORLD, amended=[(101, replace(CHANGE, seats={FINE: ("2A", "2C")}))], sent=[]), "has given other seats",
            id="other seats",
        ),
        pytest.param(
            but(WORLD, quotes={("T", "q"): replace(QUOTE, facts={"seat_kinds": "middle, window"})}),
            "was priced for seats that are middle, window", id="priced as others",
        ),
        pytest.param(paid(FARE), "something else than before its requests", id="nothing paid"),
        pytest.param(paid(FARE, before=None), "what was paid before", id="not known any more"),
        pytest.param(but(WORLD, answered=[], sent=[]), "none has moved money", id="no request"),
        pytest.param(letter(seats={FINE: ("2A", "2C")}), "shows other seats", id="a letter with others"),
        pytest.param(letter(seats={}), "shows other seats", id="a letter without"),
        pytest.param(letter(trips={}), "and not the flight", id="a letter without the flight"),
    ],
)  # fmt: skip
def test_what_was_given_or_paid_or_shown_otherwise_is_found(streams: Streams, what: str) -> None:
    """In one line for each."""
    (finding,) = found(streams)
    assert what in finding

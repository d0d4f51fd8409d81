"""Whose request was answered without a letter, or with one that says otherwise."""

from dataclasses import replace as but
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.ledger import BookingKept
from contracts.money import Money
from contracts.notices import NoticeFailed, NoticePointless, NoticeSent, RequestReported
from contracts.requests import Movement, Price, RequestDone, RequestRefused
from contracts.reservations import AmendedJourney, BookingAmended, PartySummary
from irops.audit import Streams
from irops.audit.journeys import steps_of
from irops.audit.request_notices import not_notified_of_requests
from tests.irops.audit.audit_world import FINE, LATE, NOW, sound

WORLD = but(sound(), whole=True)
"""T is on FINE."""
MOVED = Movement(instrument="card-1", what="charged", money=Money(amount=Decimal(15), currency="USD"))
KEPT = replace(MOVED, what="kept")
LEGS = WORLD.bookings["T"].all_legs
DONE = RequestDone(
    pnr="T", id="r", quote="q", acts=("change_flights",), cites=(), price=Price(movements=(MOVED, KEPT)), policy="p",
    journeys=(AmendedJourney(number=1, before=WORLD.bookings["K"].all_legs, after=LEGS),), quote_revision=1,
    quoted_until=NOW, passengers=2, decided_at=NOW,
)  # fmt: skip
REFUSED = RequestRefused(pnr="T", id="r", quote="q", refusal="used", detail="it was used", decided_at=NOW)
CHANGE = BookingAmended(
    pnr="T", id="r", version=0, after=PartySummary(passengers=2, seats=2), journeys=DONE.journeys, decided_at=NOW
)  # fmt: skip
SAYS = RequestReported(done=True, movements=(MOVED,), trips={1: (FINE,)})
LETTER = NoticeSent(pnr="T", id="r", channel="maildir", sent_at=NOW, request=SAYS)
NO = replace(LETTER, request=RequestReported(done=False))
GONE = replace(WORLD.bookings["T"], journeys=())
POINTLESS = NoticePointless(pnr="T", id="r", at=NOW)
LATER = BookingKept(
    pnr="T", id="later", reason="retimed", before=LEGS, after=LEGS, language="en", contact="", decided_at=NOW, follows="r"
)  # fmt: skip


def world(answer: RequestDone | RequestRefused, *sent: NoticeSent) -> Streams:
    """The request was answered so, and these letters went out."""
    amended = [(101, CHANGE)] if isinstance(answer, RequestDone) else []
    return but(WORLD, answered=[(100, answer)], amended=amended, sent=sent)


def found(streams: Streams) -> list[str]:
    return list(not_notified_of_requests(streams, steps_of(streams)))


@pytest.mark.parametrize(
    "streams",
    [
        pytest.param(world(DONE, LETTER), id="done"),
        pytest.param(world(REFUSED, NO), id="refused"),
        pytest.param(
            but(world(REFUSED), bookings={"T": GONE}, pointless=[POINTLESS]), id="refused and without an address"
        ),
        pytest.param(but(world(DONE), expired={"T"}), id="expired"),
        pytest.param(but(world(DONE), bookings={}), id="forgotten"),
        pytest.param(
            but(world(DONE, replace(LETTER, request=replace(SAYS, trips={}))), facts=[(102, LATER)]),
            id="a trip that other letters are about",
        ),
    ],
)
def test_a_letter_that_says_what_was_answered_is_no_fault(streams: Streams) -> None:
    """Nor is what cannot be known any more."""
    assert found(streams) == []


@pytest.mark.parametrize(
    ("streams", "what"),
    [
        pytest.param(world(DONE), "no letter went out", id="no letter"),
        pytest.param(but(world(REFUSED), pointless=[POINTLESS]), "no letter went out", id="pointless with a booking"),
        pytest.param(
            but(world(DONE), failed=[NoticeFailed(pnr="T", id="r", tried={}, at=NOW)]), "no letter went out", id="failed"
        ),
        pytest.param(world(DONE, replace(LETTER, request=None)), "says nothing", id="of something else"),
        pytest.param(world(DONE, replace(LETTER, care="c")), "something else too", id="of rights too"),
        pytest.param(world(DONE, NO), "was refused", id="a no that was a yes"),
        pytest.param(world(REFUSED, LETTER), "was done", id="a yes that was a no"),
        pytest.param(
            world(DONE, replace(LETTER, request=replace(SAYS, movements=()))), "other money", id="less money"
        ),
        pytest.param(
            world(DONE, replace(LETTER, request=replace(SAYS, trips={1: (LATE,)}))), "other flights", id="other flights"
        ),
        pytest.param(
            world(DONE, replace(LETTER, request=replace(SAYS, trips={1: (FINE,), 2: (LATE,)}))),
            "journey 2", id="a trip that it has not",
        ),
        pytest.param(
            world(DONE, replace(LETTER, request=replace(SAYS, trips={}))), "leaves out journey 1", id="a trip left out"
        ),
        pytest.param(
            world(DONE, replace(LETTER, sent_at=NOW - timedelta(hours=1))), "went out at", id="before the answer"
        ),
        pytest.param(but(world(DONE, LETTER), answered=[]), "never answered", id="of no request"),
    ],
)  # fmt: skip
def test_what_contradicts_the_answer_is_found(streams: Streams, what: str) -> None:
    """Once for each request."""
    (finding,) = found(streams)
    assert what in finding

"""The audit finds who waits without end, marked for no one, and marks that are too early, twice, or on one record alone."""

from collections.abc import Sequence
from dataclasses import replace as but
from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.ledger import BookingStranded
from contracts.notices import NoticeSent
from contracts.rules import Rules
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import DEAD, sound

LATER = Rules().later


def waiting(
    *, past: timedelta = timedelta(hours=1), marks: Sequence[timedelta] = (), known: bool | None = None
) -> Streams:
    """S, who waits, so long `past` the last trip that is legal. It was marked at these times, counted from that; `known`: the
    waitlist has that, if it is not as the facts have it."""
    streams = sound()
    last = streams.seats[DEAD].departs + LATER
    (at, stranded) = next(pair for pair in streams.facts if pair[1].pnr == "S")
    assert isinstance(stranded, BookingStranded)
    facts, sent, follows = list(streams.facts), list(streams.sent), stranded.id
    for n, marked in enumerate(marks):
        fact = replace(
            stranded,
            id=f"o{n}",
            reason="overdue",
            before=(),
            follows=follows,
            marks=("overdue",),
            decided_at=last + marked,
        )
        facts.append((at + 10 + n, fact))
        sent.append(NoticeSent(pnr="S", id=fact.id, channel="maildir", sent_at=fact.decided_at))
        follows = fact.id
    own = streams.bookings["S"]
    (journey,) = own.journeys
    booking = replace(own, journeys=(replace(journey, last_fact=follows),))
    entry = replace(streams.waiting["S", 1], overdue=bool(marks) if known is None else known)
    return but(
        streams, facts=facts, sent=sent, bookings={**streams.bookings, "S": booking}, waiting={("S", 1): entry},
        now=last + past, horizon=last,
    )  # fmt: skip


def found(streams: Streams, figure: str) -> Sequence[str]:
    return [finding for finding in audit(streams).findings.get(figure, ()) if finding.startswith("S ")]


def test_a_party_that_waits_without_end_is_found() -> None:
    (finding,) = found(waiting(), "unanswered_parties")
    assert "no trip has been legal since" in finding


@pytest.mark.parametrize("past", [-timedelta(hours=1), timedelta(0)])
def test_no_party_waits_without_end_while_a_trip_may_be_legal(past: timedelta) -> None:
    assert not found(waiting(past=past), "unanswered_parties")


def test_a_party_that_was_marked_for_a_person_is_no_fault() -> None:
    streams = waiting(marks=[timedelta(0)])
    assert (found(streams, "unanswered_parties"), found(streams, "misinformed_parties")) == ([], [])
    assert "S waits in JFK for SFO, and no trip can be legal any more" in audit(streams).for_a_person.shown


@pytest.mark.parametrize(("marks", "known"), [([timedelta(0)], False), ([], True)], ids=["facts", "waitlist"])
def test_a_mark_on_one_record_alone_is_found(marks: list[timedelta], known: bool) -> None:
    (finding,) = found(waiting(past=timedelta(0), marks=marks, known=known), "unanswered_parties")
    assert "marked as overdue by its facts" in finding


def test_a_mark_before_its_time_is_found() -> None:
    (finding,) = found(waiting(marks=[-timedelta(hours=1)]), "misinformed_parties")
    assert "and may leave until" in finding


def test_a_party_that_is_marked_twice_is_found() -> None:
    (finding,) = found(waiting(marks=[timedelta(0), timedelta(minutes=1)]), "misinformed_parties")
    assert "was marked as overdue twice" in finding


def test_a_ticket_that_the_waitlist_does_not_have_is_found() -> None:
    """By it the party would wait without end."""
    streams = sound()
    entry = replace(streams.waiting["S", 1], ticketed=None)
    (finding,) = found(but(streams, waiting={("S", 1): entry}), "ledger_mismatches")
    assert finding.startswith("S waits by a ticket for None")

"""Counting what is followed."""

from datetime import timedelta

import pytest
from msgspec import structs

from contracts.notices import NoticeFailed, NoticePointless, NoticeSent, NoticeSuperseded
from contracts.reservations import AmendedJourney, BookingAmended, BookingWithdrawn, PartySummary
from irops.live.figures import Counts
from irops.live.tally import Tally
from tests.irops.live.frames import T0, disrupted, kept, rebooked, recorded, status, stranded

MINUTE = timedelta(minutes=1)


def test_a_party_counts_by_its_latest_outcome() -> None:
    """Stranded, then rebooked: one party, rebooked."""
    tally = Tally()
    tally.answered(recorded(stranded("A", 1)))
    tally.answered(recorded(kept("B", 1)))
    tally.answered(recorded(rebooked("A", before=1, after=2)))
    assert tally.counts(T0).outcomes == {"rebooked": 1, "kept": 1}


def test_a_party_that_keeps_the_trip_it_was_rebooked_to_counts_as_rebooked() -> None:
    """As the final report counts it, by the state of its booking. Rebooked after being stranded, it is rebooked too."""
    tally = Tally()
    tally.answered(recorded(rebooked("A", before=1, after=2)))
    tally.answered(recorded(kept("A", 2)))
    assert tally.counts(T0).outcomes == {"rebooked": 1}


def test_a_journey_counts_as_marked_by_its_latest_fact() -> None:
    """A trip that needs no look any more does not count."""
    tally = Tally()
    tally.answered(recorded(structs.replace(rebooked("A", before=1, after=2), marks=("night",))))
    tally.answered(recorded(structs.replace(rebooked("B", before=1, after=2), marks=("airport", "night"))))
    assert tally.counts(T0).marked == 2
    tally.answered(recorded(rebooked("A", before=2, after=3)))
    assert tally.counts(T0).marked == 1


TAKEN_BACK: dict[str, BookingAmended | BookingWithdrawn] = {
    "amended": BookingAmended(
        pnr="A",
        id="v2",
        version=2,
        after=PartySummary(passengers=1, seats=1),
        journeys=(AmendedJourney(number=1),),
        decided_at=T0,
    ),
    "withdrawn": BookingWithdrawn(pnr="A", id="v2", version=2, journeys=(AmendedJourney(number=1),), decided_at=T0),
}


@pytest.mark.parametrize("fact", TAKEN_BACK.values(), ids=TAKEN_BACK)
def test_a_journey_that_the_reservation_system_takes_back_does_not_count(
    fact: BookingAmended | BookingWithdrawn,
) -> None:
    """Its trip is not the one that was decided here, and nothing of it is to be looked at. Other journeys count on."""
    tally = Tally()
    for pnr in ("A", "B"):
        tally.answered(recorded(structs.replace(rebooked(pnr, before=1, after=2), marks=("night",))))
    tally.taken_back(recorded(fact))
    counts = tally.counts(T0)
    assert (counts.marked, counts.outcomes) == (1, {"rebooked": 1})


def test_each_kind_of_message_has_a_count() -> None:
    """Statuses, disruptions and the three outcomes of a notice."""
    tally = Tally()
    tally.status(recorded(status()))
    tally.disrupted(recorded(disrupted(1, "A")))
    tally.sent(recorded(NoticeSent(pnr="A", id="a", channel="maildir", sent_at=T0)))
    tally.superseded(recorded(NoticeSuperseded(pnr="B", id="b", at=T0)))
    tally.failed(recorded(NoticeFailed(pnr="C", id="c", tried={}, at=T0)))
    counts = tally.counts(T0)
    assert (counts.statuses, counts.disruptions, counts.notices, counts.superseded, counts.undelivered) == (
        1,
        1,
        1,
        1,
        1,
    )


def test_a_notice_that_is_sent_after_failed_attempts_is_not_undelivered() -> None:
    """Nor is one that is superseded; one that keeps failing counts once."""
    tally = Tally()
    for pnr in ("A", "A", "B", "C", "D"):
        tally.failed(recorded(NoticeFailed(pnr=pnr, id="a", tried={}, at=T0)))
    tally.sent(recorded(NoticeSent(pnr="B", id="a", channel="maildir", sent_at=T0)))
    tally.superseded(recorded(NoticeSuperseded(pnr="C", id="a", at=T0)))
    tally.pointless(recorded(NoticePointless(pnr="D", id="a", at=T0)))
    assert (tally.counts(T0).undelivered, tally.counts(T0).pointless) == (1, 1)


def test_the_latency_is_from_the_status_to_the_letter_of_the_same_trace() -> None:
    """A letter whose status was not seen is not measured."""
    tally = Tally()
    tally.status(recorded(status(), trace="one"))
    for trace, milliseconds in (("one", 40), ("unknown", 9000)):
        notice = NoticeSent(pnr="A", id=trace, channel="maildir", sent_at=T0)
        tally.sent(recorded(notice, at=timedelta(milliseconds=milliseconds), trace=trace))
    assert tally.counts(T0).latency_ms == (40.0, 40.0)


def test_what_is_older_than_the_window_does_not_count() -> None:
    """Statuses, outcomes, notices and latencies go; what is inside stays."""
    tally = Tally(window=10 * MINUTE)
    for at, pnr in ((0 * MINUTE, "OLD"), (8 * MINUTE, "NEW")):
        tally.status(recorded(status(), at=at, trace=pnr))
        tally.disrupted(recorded(disrupted(1, pnr), at=at))
        tally.answered(recorded(kept(pnr, 1), at=at))
        tally.sent(recorded(NoticeSent(pnr=pnr, id=pnr, channel="maildir", sent_at=T0), at=at, trace=pnr))
    tally.forget(T0 + 11 * MINUTE)
    counts = tally.counts(T0 + 11 * MINUTE)
    assert (counts.statuses, counts.disruptions, counts.notices, counts.outcomes) == (1, 1, 1, {"kept": 1})
    tally.forget(T0 + 30 * MINUTE)
    assert tally.counts(T0 + 30 * MINUTE) == Counts(news=counts.news)


def test_an_outcome_that_is_repeated_counts_from_its_latest() -> None:
    """The party stays in the window."""
    tally = Tally(window=10 * MINUTE)
    tally.answered(recorded(kept("A", 1)))
    tally.answered(recorded(kept("A", 1), at=9 * MINUTE))
    tally.forget(T0 + 15 * MINUTE)
    assert tally.counts(T0 + 15 * MINUTE).outcomes == {"kept": 1}


def test_the_rate_is_of_the_last_five_seconds() -> None:
    """Ten statuses in them are 2/s."""
    tally = Tally()
    for second in range(60):
        tally.status(recorded(status(), at=timedelta(seconds=second / 2)))
    assert tally.counts(T0 + timedelta(seconds=29.75)).rate == 2.0
    assert tally.counts(T0 + 10 * MINUTE).rate == 0.0


def test_the_first_cancellation_and_the_first_rebooking_are_kept() -> None:
    """A retimed flight is no cancellation, a kept party no rebooking."""
    tally = Tally()
    tally.disrupted(recorded(disrupted(1, "A", kind="retimed")))
    tally.disrupted(recorded(disrupted(2, "B"), at=MINUTE))
    tally.answered(recorded(kept("A", 1), at=2 * MINUTE))
    tally.answered(recorded(rebooked("B", before=2, after=3), at=3 * MINUTE))
    assert (tally.first_cancellation, tally.first_rebooking) == (T0 + MINUTE, T0 + 3 * MINUTE)

"""The figures of the report that are no faults."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import irops.audit
from contracts.notices import NoticeFailed, NoticePointless, NoticeSent, NoticeSuperseded
from irops.audit import (
    FIGURES,
    FlightFigures,
    Latency,
    NoticeFigures,
    OfferFigures,
    Streams,
    flight_figures,
    latencies,
    notice_figures,
    offer_figures,
    percentile,
)
from tests.irops.audit.audit_world import NOW, flight, key
from tests.irops.audit.offer_world import left, taken, world


def milliseconds(number: float) -> timedelta:
    return timedelta(milliseconds=number)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.05, 15), (0.3, 20), (0.4, 20), (0.5, 35), (0.6, 35), (1.0, 50)], ids=str
)
def test_a_percentile_is_a_value_that_occurred(share: float, expected: float) -> None:
    """The nearest rank, as the textbook's example (15, 20, 35, 40, 50) has it."""
    assert percentile([35, 15, 50, 20, 40], share) == expected


@given(st.lists(st.integers(), min_size=1), st.floats(0.01, 1.0))
def test_a_percentile_is_not_exceeded_by_its_share(values: list[int], share: float) -> None:
    """At least that share of the values is no greater, and the value is the least such."""
    found = percentile(values, share)
    assert sum(v <= found for v in values) >= share * len(values) - 1e-6
    assert sum(v < found for v in values) < share * len(values)


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0.0), ([1.0], 1.1)], ids=["none", "zero", "beyond"])
def test_there_is_no_percentile_of_nothing(values: list[float], share: float) -> None:
    """No values, or a share outside its range, is an error."""
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, share)


def test_latency_is_measured_from_the_event_that_caused_the_notice() -> None:
    """Event and notice are matched by trace; a notice without its event is counted apart."""
    published = {"a": NOW, "b": NOW + milliseconds(500)}
    notices = [("a", NOW + milliseconds(100)), ("b", NOW + milliseconds(800)), ("c", NOW)]
    assert latencies(published, notices) == Latency(p50=100, p99=300, max=300, notices=2, untraced=1)


def test_nothing_measured_is_no_latency() -> None:
    """Without a matched notice there is no figure, rather than 0."""
    assert latencies({}, [("a", NOW)]) is None


def test_flights_of_the_day_are_counted_by_outcome() -> None:
    """Cancelled, diverted and 15 minutes late are counted apart, and other days not at all."""
    on_time, late, dead, elsewhere = (flight(key(n))[0] for n in range(1, 5))
    states = [
        replace(on_time, arrives=on_time.arrives + timedelta(minutes=14)),
        replace(late, arrives=late.arrives + timedelta(minutes=15)),
        replace(dead, phase="cancelled", arrives=dead.arrives + timedelta(hours=5)),
        replace(elsewhere, phase="arrived", diverted_to="OAK"),
        flight("B6.5.JFK.2013-02-09")[0],
    ]
    found = flight_figures({state.flight: state for state in states}, day=date(2013, 2, 8))
    assert found == FlightFigures(flights=4, cancelled=1, diverted=1, delayed=1)


def test_notices_are_counted_by_outcome() -> None:
    """A fact that was sent and later superseded was sent; one that was sent after failed attempts is not undelivered."""
    sent = [NoticeSent(pnr=pnr, id=id_, channel="maildir", sent_at=NOW) for pnr, id_ in (("A", "1"), ("B", "3"))]
    superseded = [NoticeSuperseded(pnr="A", id=id_, at=NOW) for id_ in ("1", "2")]
    pointless = [NoticePointless(pnr="D", id="5", at=NOW)]
    tried = (("C", "4"), ("B", "3"), ("A", "2"), ("D", "5"))
    failed = [NoticeFailed(pnr=pnr, id=id_, tried={}, at=NOW) for pnr, id_ in tried]
    figures = notice_figures(sent, superseded, pointless, failed)
    assert figures == NoticeFigures(sent=2, superseded=1, pointless=1, undelivered=1)


def test_offers_count_by_outcome() -> None:
    """One that is open has none yet; a default is no one's answer."""
    open_, booked, gone = world(), taken(world()), left(world(), answered_by=None)

    def counted(streams: Streams) -> OfferFigures:
        facts = (fact for _, fact in streams.facts)
        return offer_figures((offer for _, offer in streams.offered), facts, streams.offers.values())

    assert counted(open_) == OfferFigures(made=1, taken=0, left=0, unanswered=0, open=1)
    assert counted(booked) == OfferFigures(made=1, taken=1, left=0, unanswered=0, open=0)
    assert counted(left(world())) == OfferFigures(made=1, taken=0, left=1, unanswered=0, open=0)
    assert counted(gone) == OfferFigures(made=1, taken=0, left=0, unanswered=1, open=0)


def test_the_readme_explains_every_figure() -> None:
    """In the order in which they are shown, in the same words."""
    readme = (Path(irops.audit.__file__).parent / "README.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in readme.splitlines() if line.startswith("| `")]
    assert [(name.strip("`"), counts) for name, _, counts in rows] == [(n, f.counts) for n, f in FIGURES.items()]

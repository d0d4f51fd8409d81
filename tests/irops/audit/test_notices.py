"""What became of the notice about each fact, and when: the last fact's notice does not stand for those before it."""

from collections.abc import Mapping
from dataclasses import replace as but
from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.care import CareOwed
from contracts.flights import Stop
from contracts.ledger import BookingKept
from contracts.names import Id
from contracts.notices import NoticeFailed, NoticePointless, NoticeSent, NoticeSuperseded
from irops.audit import Streams, audit
from irops.audit.pointless import still_ahead
from tests.irops.audit.audit_world import LATE, NOW, flight, hours, key, leg, sound

WORLD = sound()
LEFT = WORLD.seats[LATE].departs
"""When K's flight leaves, on which it was kept at noon."""
MINUTE = timedelta(minutes=1)


def kept(sent: Mapping[Id, tuple[Id, ...]]) -> Streams:
    """The world a minute after K's flight has left, on which it was kept by the facts 1, 2 and pK, without other times. `sent`:
    the facts with a letter, and those that each letter covers."""
    (sequence, fact), legs = WORLD.facts[1], WORLD.bookings["K"].journeys[0].legs
    letters = [NoticeSent(pnr="K", id=id_, channel="maildir", sent_at=NOW, covers=more) for id_, more in sent.items()]
    return but(
        WORLD,
        facts=[
            *(each for each in WORLD.facts if each[1].pnr != "K"),
            *((sequence, replace(fact, id=id_, follows=before, before=legs))
              for sequence, (before, id_) in enumerate((("", "1"), ("1", "2"), ("2", "pK")), start=sequence)),
        ],
        sent=[*(notice for notice in WORLD.sent if notice.pnr != "K"), *letters],
        now=LEFT + MINUTE,
    )  # fmt: skip


def pointless(streams: Streams, at: timedelta = timedelta(0)) -> Streams:
    """The world in which the letter about K's last fact was found pointless, so long after its flight left."""
    return but(streams, pointless=[NoticePointless(pnr="K", id="pK", at=LEFT + at)])


def found(streams: Streams) -> tuple[str, ...]:
    """The findings about notices."""
    return audit(streams).findings.get("unnotified_parties", ())


@pytest.mark.parametrize(
    "streams",
    [
        pytest.param(kept({"1": (), "2": (), "pK": ()}), id="a letter each"),
        pytest.param(kept({"1": (), "pK": ("2",)}), id="one letter for two facts"),
        pytest.param(kept({"2": ("1",), "pK": ()}), id="one letter for the first two"),
        pytest.param(pointless(kept({"1": (), "2": ()})), id="two letters and none later"),
        pytest.param(
            but(pointless(kept({"1": ()})), superseded=[NoticeSuperseded(pnr="K", id="2", at=NOW)]), id="superseded"
        ),
        pytest.param(
            but(pointless(kept({"1": ()})), failed=[NoticeFailed(pnr="K", id="2", tried={}, at=NOW)]), id="failed"
        ),
    ],
)
def test_a_fact_with_a_letter_or_a_record_why_not_is_no_fault(streams: Streams) -> None:
    """Of its own, or in common with a later one."""
    assert found(streams) == ()


@pytest.mark.parametrize(
    "streams", [pytest.param(kept({"1": (), "pK": ()}), id="sent"), pytest.param(pointless(kept({"1": ()})), id="none")]
)
def test_a_fact_of_whose_notice_nothing_became_is_a_fault(streams: Streams) -> None:
    """Whatever became of the next one."""
    assert found(streams) == ("K has 2, of whose notice nothing became",)


def test_an_earlier_letter_has_to_report_the_facts_before_it() -> None:
    """Although a letter followed it."""
    superseded = [NoticeSuperseded(pnr="K", id="1", at=NOW)]
    assert found(but(kept({"2": (), "pK": ()}), superseded=superseded)) == (
        "K was notified of 2, and never of 1 before it",
    )


@pytest.mark.parametrize(
    ("at", "faults"),
    [
        pytest.param(timedelta(hours=-3), 1, id="before its fact"),
        pytest.param(timedelta(0), 0, id="between"),
        pytest.param(timedelta(hours=3), 1, id="after now"),
    ],
)
def test_a_notice_is_pointless_between_its_fact_and_now(at: timedelta, faults: int) -> None:
    """What lay ahead of the party is judged by that time."""
    late = [NoticePointless(pnr="K", id="2", at=LEFT + at)]
    findings = found(but(kept({"1": (), "pK": ("2",)}), pointless=late))
    assert [finding.startswith("K has 2, decided at ") for finding in findings] == [True] * faults


@pytest.mark.parametrize(
    ("goes_on", "moved", "lay_ahead"),
    [
        pytest.param(timedelta(0), timedelta(0), False, id="gone on"),
        pytest.param(MINUTE, timedelta(0), True, id="still there"),
        pytest.param(timedelta(0), MINUTE, True, id="gone on, and the next flight moves"),
    ],
)
def test_where_a_flight_goes_without_the_party_need_not_be_reported(
    goes_on: timedelta, moved: timedelta, *, lay_ahead: bool
) -> None:
    """It got off at a stop, where its next flight leaves."""
    state, ledger = flight(key(8), "SFO", departs=-hours(4), phase="diverted")
    stop = Stop(airport="ORD", arrived_at=NOW - hours(1), left_at=NOW + goes_on)
    onward = flight(key(9, "ORD"), departs=hours(3))
    legs = (leg(ledger), leg(onward[1]))
    later = (legs[0], replace(legs[1], departs=legs[1].departs + moved))
    fact = BookingKept(
        pnr="K", id="pK", reason="diverted", before=legs, after=later, diverted_to="DEN", language="en", contact="",
        decided_at=NOW,
    )  # fmt: skip
    flights = {key(8): replace(state, diverted_to="DEN", stops=(stop,)), key(9, "ORD"): onward[0]}
    assert bool(still_ahead(fact, legs, NOW, flights)) is lay_ahead


def test_a_letter_about_nothing_is_found() -> None:
    """Where no fact can have expired; one about rights is about its package."""
    about = NoticeSent(pnr="K", id="other", channel="maildir", sent_at=NOW)
    streams = but(WORLD, whole=True, sent=[*WORLD.sent, about])
    assert "no fact" in "".join(found(streams))
    assert not found(but(streams, sent=[*WORLD.sent, replace(about, care="other")]))


@pytest.mark.parametrize("by", [-hours(1), hours(1)])
def test_a_letter_about_rights_is_sent_once_they_are_known(by: timedelta) -> None:
    """And not after now."""
    care = CareOwed(pnr="K", id="care", decided_at=NOW)
    about = NoticeSent(pnr="K", id="care", channel="maildir", sent_at=NOW, care="care")
    streams = but(WORLD, sent=[*WORLD.sent, about], care={("K", 1): care})
    assert not found(streams)
    assert found(but(streams, sent=[*WORLD.sent, replace(about, sent_at=NOW + by)]))


def test_two_records_of_one_letter_that_differ_are_found() -> None:
    """A record that came twice is one."""
    letter = WORLD.sent[0]
    assert not found(but(WORLD, sent=[*WORLD.sent, letter]))
    assert "two records" in "".join(found(but(WORLD, sent=[*WORLD.sent, replace(letter, care="care")])))

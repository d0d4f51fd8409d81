"""Who was not notified of other seats on a flight."""

from collections.abc import Sequence
from dataclasses import replace as but
from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.flights import FlightChanged
from contracts.ledger import Reseated, SeatsReassigned
from contracts.names import Id
from contracts.notices import NoticeFailed, NoticePointless, NoticeSent, NoticeSuperseded, seats_notice
from irops.audit import Streams
from irops.audit.seat_notices import not_notified_of_seats
from tests.irops.audit.audit_world import LATE, NOW, sound

WORLD = sound()
"""K is on LATE, by a fact that came before those below."""
BEFORE, NOW_IN, THEN = ("12A",), ("14C",), ("15C",)
ONE, TWO = seats_notice(LATE, 1), seats_notice(LATE, 2)
FACT = SeatsReassigned(flight=LATE, n=1, cause="aircraft", layout="new", parties=(Reseated("K", BEFORE, NOW_IN),))
AGAIN = replace(FACT, n=2, parties=(Reseated("K", NOW_IN, THEN),))


def sent(id_: Id = ONE) -> NoticeSent:
    return NoticeSent(pnr="K", id=id_, channel="maildir", sent_at=NOW)


def superseded(id_: Id = ONE) -> NoticeSuperseded:
    return NoticeSuperseded(pnr="K", id=id_, at=NOW)


def world(*facts: SeatsReassigned) -> Streams:
    """These facts in turn, and K in the seats of the last."""
    ledger = replace(WORLD.seats[LATE], numbers={"K": facts[-1].parties[0].after})
    return but(
        WORLD, seats={**WORLD.seats, LATE: ledger}, reassigned=[(1000 + at, fact) for at, fact in enumerate(facts)]
    )


def found(streams: Streams) -> Sequence[str]:
    return list(not_notified_of_seats(streams))


@pytest.mark.parametrize(
    "streams",
    [
        pytest.param(but(world(FACT), sent=[sent()]), id="a letter"),
        pytest.param(but(world(FACT, AGAIN), superseded=[superseded()], sent=[sent(TWO)]), id="the last of two"),
        pytest.param(world(replace(FACT, cause="numbered")), id="numbers for the first time"),
        pytest.param(but(world(FACT), expired={"K"}), id="records that have expired"),
        pytest.param(but(world(FACT), bookings={}), id="forgotten"),
    ],
)
def test_who_was_notified_or_need_not_be_is_no_fault(streams: Streams) -> None:
    """By a letter about the seats that the party has."""
    assert found(streams) == []


@pytest.mark.parametrize(
    ("streams", "what"),
    [
        pytest.param(world(FACT), "nothing became", id="no record"),
        pytest.param(but(world(FACT), superseded=[superseded()]), "was not notified", id="superseded by nothing"),
        pytest.param(
            but(world(FACT), failed=[NoticeFailed(pnr="K", id=ONE, tried={}, at=NOW)]), "was not notified", id="failed"
        ),
        pytest.param(
            but(world(FACT), pointless=[NoticePointless(pnr="K", id=ONE, at=NOW)]), "pointless", id="in good time"
        ),
        pytest.param(but(world(FACT, AGAIN), sent=[sent(TWO)]), "fact 1", id="no record of the first of two"),
        pytest.param(
            but(world(FACT, AGAIN), sent=[sent()], superseded=[superseded(TWO)]), "fact 2", id="old seats alone"
        ),
    ],
)
def test_who_sits_where_no_letter_has_shown_is_found(streams: Streams, what: str) -> None:
    """Or is in a fact of which nothing became."""
    (finding,) = found(streams)
    assert what in finding


def test_seats_that_a_later_fact_about_the_booking_names_need_no_letter_of_their_own() -> None:
    """That fact has a notice."""
    sequence, fact = next((at, each) for at, each in WORLD.facts if each.pnr == "K")
    legs = tuple(replace(leg, seats=NOW_IN) for leg in WORLD.bookings["K"].all_legs)
    streams = but(world(FACT), superseded=[superseded()])
    later = but(streams, facts=[*WORLD.facts, (2000 + sequence, replace(fact, after=legs))])
    assert (len(found(streams)), found(later)) == (1, [])


def test_a_notice_is_pointless_once_the_flight_has_left() -> None:
    """To the minutes by which clocks differ."""
    flight = WORLD.flights[LATE]
    left = but(world(FACT), flights={**WORLD.flights, LATE: replace(flight, phase="departed")})
    late, early = (
        but(left, pointless=[NoticePointless(pnr="K", id=ONE, at=flight.departs + by)])
        for by in (timedelta(0), -timedelta(hours=1))
    )
    assert (found(late), len(found(early))) == ([], 1)


def test_a_notice_of_no_fact_is_found() -> None:
    """As long as no fact can have expired."""
    streams = but(world(FACT), sent=[sent(), sent(TWO)])
    assert (found(streams), len(found(but(streams, whole=True)))) == ([], 1)


@pytest.mark.parametrize("by", [-timedelta(hours=1), timedelta(hours=1)])
def test_a_letter_about_other_seats_is_neither_older_than_its_aircraft_nor_of_the_future(by: timedelta) -> None:
    """By the change that named the layout, and by now."""
    change = FlightChanged(
        flight=LATE, n=2, change="re-equipped", state=replace(WORLD.flights[LATE], layout="new", observed_at=NOW)
    )
    streams = but(world(FACT), changes=[*WORLD.changes, (999, change)], sent=[sent()])
    assert found(streams) == []
    assert len(found(but(streams, sent=[replace(sent(), sent_at=NOW + by)]))) == 1

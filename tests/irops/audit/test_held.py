"""Seats that a party keeps while it waits, as the audit judges them."""

from collections.abc import Callable
from dataclasses import replace as but
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from contracts.flights import FlightChanged
from contracts.ledger import BookingStranded, Holding, Leg, SeatsDisrupted, WaitlistEntry
from contracts.notices import NoticeSent
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import HEARD, HORIZON, NOW, booking, flight, hours, key, leg, with_flight
from tests.irops.audit.offer_world import world as offer_world
from tests.single_journey import altered

FIRST, DEAD, FIGURE = key(1), key(2, "ORD"), "seats_not_kept"


def waiting(*, keeps: bool = True, decided: timedelta = timedelta(0)) -> Streams:
    """P was to fly B6.1 to ORD in five hours and B6.2, which was cancelled, to SFO. It keeps its seats on the first, or not."""
    first, ledger = flight(FIRST, "ORD", departs=hours(5), block=hours(2))
    state, gone = flight(DEAD, "SFO", departs=hours(9), last_disruption=1)
    cancelled = replace(state, phase="cancelled", last_change=2, observed_at=HEARD + decided)
    dead = replace(gone, phase="cancelled", last_change=2, lost_by={"P": 1}, lost_behind={"P": FIRST})
    near = replace(ledger, lost_onward=(DEAD,))
    legs = (leg(ledger), leg(dead, answered=0))
    held = legs[:1] if keeps else ()
    sold = booking("P", ledger, *legs)
    ticket = replace(sold.journeys[0].ticket, destination="SFO", arrives=dead.arrives, flights=(FIRST, DEAD))
    waits = altered(sold, ticket=ticket, legs=(), held=held, state="stranded", last_fact="p1")
    return Streams(
        flights={FIRST: first, DEAD: cancelled},
        changes=((1, FlightChanged(flight=DEAD, n=2, change="cancelled", state=cancelled)),),
        seats={
            FIRST: replace(near, holders={"P": Holding("economy", 2)} if keeps else {}, lost_by={} if keeps else {"P": 1}),
            DEAD: dead,
        },
        bookings={"P": waits},
        waiting={
            ("P", 1): WaitlistEntry(
                pnr="P", origin="JFK", destination="SFO", seats=2, held=tuple(each.flight for each in held),
                connections=1, ticketed=waits.journeys[0].ticket.departs,
            )
        },
        facts=(
            (11, BookingStranded(pnr="P", id="p1", reason="cancelled", before=legs, held=held, origin="JFK",
                                 destination="SFO", language="en", contact="", decided_at=NOW + decided)),
        ),
        disrupted=((1, SeatsDisrupted(flight=DEAD, n=1, kind="cancelled", parties=("P",), departs=NOW, arrives=NOW)),),
        sent=(NoticeSent(pnr="P", id="p1", channel="maildir", sent_at=NOW + decided),),
        now=NOW + decided,
        horizon=HORIZON,
        whole=True,
    )  # fmt: skip


def lapsed(*, at: float) -> Streams:
    """The same, and it gave them up so many hours later."""
    before = waiting()
    stranded = before.facts[0][1]
    assert isinstance(stranded, BookingStranded)
    fact = replace(
        stranded,
        id="p2",
        reason="lapsed",
        before=(),
        held=(),
        lapsed=stranded.held,
        follows="p1",
        decided_at=NOW + hours(at),
    )
    entry = before.waiting["P", 1]
    return but(
        before,
        seats={**before.seats, FIRST: replace(before.seats[FIRST], holders={}, lost_by={"P": 1})},
        bookings={"P": altered(before.bookings["P"], held=(), last_fact="p2")},
        waiting={("P", 1): replace(entry, held=())},
        facts=(*before.facts, (12, fact)),
        sent=(*before.sent, NoticeSent(pnr="P", id="p2", channel="maildir", sent_at=NOW + hours(at))),
        now=NOW + hours(at),
    )


def with_fact(streams: Streams, **fields: object) -> Streams:
    """The last fact with other fields."""
    sequence, fact = streams.facts[-1]
    return but(streams, facts=(*streams.facts[:-1], (sequence, replace(fact, **fields))))


def found(streams: Streams) -> int:
    return audit(streams).figures[FIGURE]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(waiting, id="kept"),
        pytest.param(lambda: lapsed(at=4.25), id="given up 45 minutes before"),
        pytest.param(lambda: waiting(keeps=False, decided=hours(4.3)), id="stranded when it was too late to keep them"),
    ],
)
def test_what_is_as_it_should_be_is_clean(make: Callable[[], Streams]) -> None:
    assert audit(make()).findings == {}


def test_seats_that_were_given_up_and_could_be_flown_are_found() -> None:
    assert found(waiting(keeps=False)) == 1


@pytest.mark.parametrize(("known_at", "faults"), [(None, 1), (HEARD, 0)], ids=["not known", "by a clock ahead"])
def test_seats_are_given_up_once_it_is_known_that_they_cannot_be_flown(known_at: datetime | None, faults: int) -> None:
    """From when the status came on: its feed's clock may be ahead."""
    streams = waiting(keeps=False)
    state = replace(
        streams.flights[FIRST], phase="cancelled", last_change=2, observed_at=NOW + hours(0.5), known_at=known_at
    )
    change = FlightChanged(flight=FIRST, n=2, change="cancelled", state=state)
    assert found(but(streams, changes=(*streams.changes, (2, change)))) == faults


def test_seats_given_up_too_soon_are_found() -> None:
    assert found(lapsed(at=3)) == 1


def test_seats_held_until_the_flight_has_left_are_found() -> None:
    assert found(but(waiting(), now=NOW + hours(4.5))) == 1


def test_seats_held_on_a_flight_that_is_cancelled_are_found() -> None:
    streams = waiting()
    state, ledger = streams.flights[FIRST], streams.seats[FIRST]
    gone = with_flight(streams, (replace(state, phase="cancelled"), replace(ledger, phase="cancelled")))
    assert audit(gone).figures[FIGURE] == 1
    assert audit(gone).figures["parties_on_dead_flights"] == 1


def _other(held: tuple[Leg, ...]) -> tuple[Leg, ...]:
    return tuple(replace(each, flight=DEAD, destination="SFO") for each in held)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"reason": "retimed"}, id="for another reason"),
        pytest.param({"lapsed": ()}, id="of nothing"),
        pytest.param({"origin": "ORD"}, id="and it waits elsewhere"),
        pytest.param({"lapsed": _other(waiting().bookings["P"].journeys[0].held)}, id="of seats that it had not"),
    ],
)
def test_seats_given_up_otherwise_than_they_were_kept_are_found(fields: dict[str, object]) -> None:
    assert found(with_fact(lapsed(at=4.25), **fields)) == 1


def test_the_seats_of_who_waits_are_seats_taken() -> None:
    """One seat too few for it is oversold."""
    streams = waiting()
    small = replace(streams.seats[FIRST], capacity={"economy": 1})
    assert audit(but(streams, seats={**streams.seats, FIRST: small})).figures["oversold_seats"] == 1


def test_a_trip_with_seats_of_its_own_is_a_legal_trip() -> None:
    """The first flight is full, with it; a way on has seats."""
    streams = waiting()
    full = replace(streams.seats[FIRST], capacity={"economy": 2})
    streams = but(streams, seats={**streams.seats, FIRST: full})
    with_way_on = with_flight(streams, flight(key(3, "ORD"), departs=hours(10)))
    assert audit(with_way_on).figures["stranded_beside_a_legal_seat"] == 1


def test_who_waits_with_seats_has_them_on_the_waitlist_too() -> None:
    streams = waiting()
    entry = replace(streams.waiting["P", 1], held=())
    assert audit(but(streams, waiting={("P", 1): entry})).figures["ledger_mismatches"] == 1


def test_a_seat_behind_a_kept_one_is_judged_by_when_that_flight_comes_in_by_then() -> None:
    """B6.1 is known to come in after B6.2 has left, by the fact that keeps it, and its changes are not on record."""
    streams = waiting()
    state, ledger = flight(DEAD, "SFO", departs=hours(9))
    late = {"departs": NOW + hours(10), "arrives": NOW + hours(12)}
    kept = replace(streams.seats[FIRST], last_change=9, **late)
    first = replace(streams.flights[FIRST], last_change=9, **late)
    fact = streams.facts[-1][1]
    assert isinstance(fact, BookingStranded)
    held = tuple(replace(each, **late) for each in fact.held)
    gave_up = with_fact(but(streams, whole=False, changes=()), held=held, reason="misconnected", broken_by=FIRST)
    known = with_flight(
        with_flight(gave_up, (first, kept)), (state, replace(ledger, lost_by={"P": 1}, lost_behind={"P": FIRST}))
    )
    assert found(known) == 0


def test_seats_stay_while_someone_is_asked_about_another_trip() -> None:
    """They are given up with the answer; on a flight that is cancelled they are of no use to anyone else."""
    streams = waiting()
    state, ledger = streams.flights[FIRST], streams.seats[FIRST]
    gone = with_flight(streams, (replace(state, phase="cancelled"), replace(ledger, phase="cancelled")))
    asked = replace(offer_world().offers["O", 1], pnr="P")
    assert (found(gone), found(but(gone, offers={("P", 1): asked}))) == (1, 0)

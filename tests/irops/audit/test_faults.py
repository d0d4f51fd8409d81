"""Every figure of the audit is 0 on a sound world, and finds the faults it counts."""

from collections.abc import Callable
from dataclasses import replace as but
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.flights import Flight
from contracts.ledger import BookingKept, Holding
from contracts.money import Money, PaidItem
from contracts.notices import NoticeFailed, NoticePointless, NoticeSent, NoticeSuperseded
from contracts.passengers import Passenger, Service
from contracts.records import Record
from irops.audit import Affected, Streams, audit
from tests.irops.audit.audit_world import (
    CHILD,
    DEAD,
    FINE,
    LATE,
    NOW,
    booking,
    flight,
    hours,
    key,
    leg,
    sound,
    with_booking,
    with_flight,
    with_ledger,
)
from tests.single_journey import altered

WORLD = sound()
K, R, S, T = (WORLD.bookings[pnr] for pnr in "KRST")
LATE_LEDGER = WORLD.seats[LATE]


def faults(streams: Streams) -> dict[str, int]:
    """The figures that are not 0."""
    judged = audit(streams)
    return {name: found for name, found in judged.figures.items() if found}


def test_a_sound_world_is_clean() -> None:
    """It has no fault to find."""
    assert faults(sound()) == {}
    assert audit(sound()).clean


def test_the_affected_are_counted_by_the_last_state_of_their_booking() -> None:
    """Rebooked, kept and stranded parties are affected; ticketed ones are not."""
    assert audit(sound()).affected == Affected(parties=3, rebooked=1, kept=1, stranded=1, passengers=9, expired=0)


def test_parties_whose_facts_have_expired_are_judged_by_state_alone() -> None:
    """Their facts and notices have expired, which is no fault; a leg on a cancelled flight still is one."""
    expired = but(WORLD, facts=(), disrupted=(), sent=(), expired={"R", "K", "S", "T"})
    assert (faults(expired), audit(expired).affected.expired) == ({}, 3)
    assert faults(but(expired, expired={"K", "S", "T"})) == {"unnotified_parties": 1}
    cancelled = replace(WORLD.flights[LATE], phase="cancelled")
    assert faults(but(expired, flights={**WORLD.flights, LATE: cancelled}))["parties_on_dead_flights"] == 2


def fewer_seats() -> Streams:
    return with_ledger(WORLD, replace(LATE_LEDGER, capacity={"economy": 1}))


def a_passenger_less() -> Streams:
    return with_booking(WORLD, replace(R, passengers=R.passengers[:1]))


def a_need_unheard() -> Streams:
    """A minor on their own, whom the party's rules do not know for one."""
    minor = replace(R.passengers[1], services=(Service(ssr="UMNR"),))
    return with_booking(WORLD, replace(R, passengers=(R.passengers[0], minor)))


def confirmed_without_a_ticket() -> Streams:
    """K is kept, and its ticket is not reissued."""
    facts = tuple((at, replace(fact, documents="failed") if fact.pnr == "K" else fact) for at, fact in WORLD.facts)
    sent = tuple(replace(notice, confirms=notice.pnr == "K") for notice in WORLD.sent)
    return but(WORLD, facts=facts, sent=sent)


def confirmed_on_other_flights() -> Streams:
    """R is moved, and it is not known whether its ticket was reissued."""
    sent = tuple(replace(notice, confirms=notice.pnr == "R") for notice in WORLD.sent)
    return but(WORLD, sent=sent)


def ticket_for_another_flight() -> Streams:
    """R is moved, and its ticket is as it was."""
    facts = tuple((at, replace(fact, documents="in_sync") if fact.pnr == "R" else fact) for at, fact in WORLD.facts)
    return but(WORLD, facts=facts)


def paid_for_a_stranger() -> Streams:
    item = PaidItem(kind="fare", price=Money(amount=Decimal(90), currency="USD"), passenger="3")
    return with_booking(WORLD, replace(R, party=replace(R.party, paid=(item,))))


def checked_in_elsewhere() -> Streams:
    """On the flight that it had before."""
    return with_booking(WORLD, replace(R, passengers=(R.passengers[0], replace(CHILD, coupons={DEAD: "checked_in"}))))


def left_behind_and_on_board() -> Streams:
    """The flight has left, and by its coupon K is on it."""
    left = with_ledger(WORLD, replace(LATE_LEDGER, phase="departed", offloaded=("K",)))
    people = (Passenger(id="1", coupons={LATE: "boarded"}), Passenger(id="2"))
    return with_booking(left, replace(K, passengers=people))


def record_of_another() -> Streams:
    return with_booking(WORLD, replace(R, record=Record(carrier="B6", locator="QX7K2M", created_on=NOW.date())))


def one_person_twice() -> Streams:
    return with_booking(WORLD, replace(R, passengers=(R.passengers[0], replace(R.passengers[1], id="1"))))


def sold_above_what_is_authorised() -> Streams:
    number = {"economy": 3}
    state = replace(WORLD.flights[FINE], seats={"economy": 1}, authorised=number)
    ledger = replace(
        WORLD.seats[FINE], capacity={"economy": 1}, authorised=number, holders={"T": Holding("economy", 4)}
    )
    world = with_booking(WORLD, replace(T, party=replace(T.party, passengers=4, seats=4)))
    return with_flight(world, (state, ledger))


def authorised_by_the_ledger_alone() -> Streams:
    state, ledger = WORLD.flights[FINE], WORLD.seats[FINE]
    return with_flight(
        WORLD,
        (replace(state, seats={"economy": 1}), replace(ledger, capacity={"economy": 1}, authorised={"economy": 2})),
    )


def sent_by_coach() -> Streams:
    coach = replace(WORLD.flights[LATE], mode="coach")
    return with_flight(WORLD, (coach, replace(LATE_LEDGER, mode="coach")))


def by_coach_in_the_ledger_alone() -> Streams:
    return with_ledger(WORLD, replace(WORLD.seats[FINE], mode="coach"))


def seats_on_no_flight() -> Streams:
    unknown = flight(key(9))[1]
    return with_booking(WORLD, altered(T, legs=(*T.journeys[0].legs, replace(leg(unknown), departs=NOW + hours(30)))))


def holder_lost() -> Streams:
    return with_ledger(WORLD, replace(LATE_LEDGER, holders={"R": Holding("economy", 2)}))


def holder_of_more() -> Streams:
    return with_ledger(WORLD, replace(LATE_LEDGER, holders={"R": Holding("economy", 2), "K": Holding("economy", 3)}))


def holder_in_another_cabin() -> Streams:
    return with_ledger(WORLD, replace(LATE_LEDGER, holders={"R": Holding("economy", 2), "K": Holding("first", 2)}))


def holder_elsewhere() -> Streams:
    return with_ledger(
        WORLD, replace(WORLD.seats[FINE], holders={"T": Holding("economy", 2), "K": Holding("economy", 2)})
    )


def holder_unknown() -> Streams:
    return with_ledger(WORLD, replace(WORLD.seats[DEAD], holders={"X": Holding("economy", 2)}))


def ledger_behind() -> Streams:
    return with_ledger(WORLD, replace(LATE_LEDGER, last_change=0))


def closed_flight_open_in_the_ledger() -> Streams:
    return with_ledger(WORLD, replace(WORLD.seats[DEAD], phase="scheduled"))


def sold_under_a_number_for_a_while() -> Streams:
    """By the change, and not in the end."""
    (_, dead), (sequence, change) = WORLD.changes
    sold = replace(change, state=replace(change.state, sold_as=(key(7),)))
    return but(WORLD, changes=((1, dead), (sequence, sold)))


def flight_lost() -> Streams:
    return but(WORLD, flights={**WORLD.flights, key(7): flight(key(7))[0]})


def two_places_at_once() -> Streams:
    held = {"T": Holding("economy", 2)}
    moved = with_booking(WORLD, altered(T, legs=(*T.journeys[0].legs, leg(LATE_LEDGER))))
    return with_ledger(moved, replace(LATE_LEDGER, holders={**LATE_LEDGER.holders, **held}))


def twice_on_one_flight() -> Streams:
    return with_booking(
        WORLD,
        altered(T, legs=(*T.journeys[0].legs, replace(T.journeys[0].legs[0], departs=T.journeys[0].legs[0].arrives))),
    )


def never_notified() -> Streams:
    return but(WORLD, sent=[notice for notice in WORLD.sent if notice.pnr != "K"])


def superseded_by_nothing() -> Streams:
    return but(WORLD, sent=(), superseded=[NoticeSuperseded(pnr=n.pnr, id=n.id, at=n.sent_at) for n in WORLD.sent])


def notified_of_an_older_fact() -> Streams:
    newer = BookingKept(
        pnr="R",
        id="pR2",
        reason="retimed",
        before=R.journeys[0].legs,
        after=R.journeys[0].legs,
        language="en",
        contact="",
        decided_at=NOW,
        follows="pR",
    )
    return but(with_booking(WORLD, altered(R, last_fact="pR2")), facts=((99, newer), *WORLD.facts))


def notified_after_a_superseded_fact(*, covers: tuple[str, ...] = ()) -> Streams:
    """K was kept once before, and no letter was sent about that."""
    (sequence, fact), superseded = WORLD.facts[1], NoticeSuperseded(pnr="K", id="pK0", at=NOW)
    facts = (
        *(known for known in WORLD.facts if known[1].pnr != "K"),
        (sequence - 1, replace(fact, id="pK0")),
        (sequence, replace(fact, follows="pK0", before=K.journeys[0].legs)),
    )
    sent = [replace(notice, covers=covers) if notice.pnr == "K" else notice for notice in WORLD.sent]
    return but(WORLD, facts=facts, sent=sent, superseded=(superseded,))


def moved_without_a_fact() -> Streams:
    return but(WORLD, facts=WORLD.facts[1:])


def fact_of_another_plan() -> Streams:
    return with_booking(WORLD, altered(R, last_fact="pOther"))


def left_on_a_dead_flight() -> Streams:
    world = with_booking(WORLD, altered(T, legs=(leg(WORLD.seats[DEAD]),)))
    world = with_ledger(world, replace(WORLD.seats[DEAD], holders={"T": Holding("economy", 2)}))
    return with_ledger(world, replace(WORLD.seats[FINE], holders={}))


def never_answered() -> Streams:
    return with_booking(WORLD, altered(K, legs=(leg(LATE_LEDGER, answered=0),)))


def seats_for_the_stranded() -> Streams:
    return with_flight(WORLD, flight(key(7), economy=5))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (fewer_seats, {"oversold_seats": 3, "outdated_flights": 1}),
        (sold_above_what_is_authorised, {"oversold_seats": 1}),
        (authorised_by_the_ledger_alone, {"oversold_seats": 1, "outdated_flights": 1}),
        (sent_by_coach, {"illegal_trips": 1}),
        (by_coach_in_the_ledger_alone, {"outdated_flights": 1}),
        (seats_on_no_flight, {"oversold_seats": 2, "ledger_mismatches": 2, "illegal_trips": 1}),
        (holder_lost, {"ledger_mismatches": 1}),
        (holder_of_more, {"ledger_mismatches": 1}),
        (holder_in_another_cabin, {"ledger_mismatches": 1}),
        (holder_elsewhere, {"ledger_mismatches": 1, "double_booked_parties": 1}),
        (holder_unknown, {"ledger_mismatches": 1, "double_booked_parties": 1}),
        (a_passenger_less, {"miscounted_parties": 1}),
        (a_need_unheard, {"miscounted_parties": 1}),
        (confirmed_without_a_ticket, {"misinformed_parties": 1}),
        (confirmed_on_other_flights, {"misinformed_parties": 1}),
        (ticket_for_another_flight, {"misinformed_parties": 1}),
        (paid_for_a_stranger, {"miscounted_parties": 1}),
        (checked_in_elsewhere, {"miscounted_parties": 1}),
        (record_of_another, {"ledger_mismatches": 1}),
        (one_person_twice, {"miscounted_parties": 1}),
        (ledger_behind, {"outdated_flights": 1}),
        (closed_flight_open_in_the_ledger, {"outdated_flights": 1}),
        (sold_under_a_number_for_a_while, {"outdated_flights": 1}),
        (flight_lost, {"outdated_flights": 1}),
        (two_places_at_once, {"double_booked_parties": 1, "illegal_trips": 1, "ledger_mismatches": 2}),
        (twice_on_one_flight, {"double_booked_parties": 1, "illegal_trips": 1, "ledger_mismatches": 1}),
        (never_notified, {"unnotified_parties": 1}),
        (superseded_by_nothing, {"unnotified_parties": 3}),
        (notified_of_an_older_fact, {"unnotified_parties": 1}),
        (notified_after_a_superseded_fact, {"unnotified_parties": 1}),
        (moved_without_a_fact, {"unnotified_parties": 1}),
        (fact_of_another_plan, {"unnotified_parties": 1}),
        (left_on_a_dead_flight, {"parties_on_dead_flights": 1, "illegal_trips": 1}),
        (never_answered, {"unanswered_parties": 1, "misinformed_parties": 1}),
        (seats_for_the_stranded, {"stranded_beside_a_legal_seat": 1}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "only",
)
def test_a_planted_fault_is_found(fault: Callable[[], Streams], expected: dict[str, int]) -> None:
    """Seen by exactly the figures that are about it."""
    assert faults(fault()) == expected


@pytest.mark.parametrize(
    "missing",
    [flight(key(7), departs=-hours(1))[0], flight(key(7), phase="cancelled")[0], flight(key(7), economy=0)[0]],
    ids=["gone", "cancelled", "without seats"],
)
def test_a_flight_that_cannot_be_booked_may_be_missing(missing: Flight) -> None:
    """Only one that could be booked has to be in the ledger."""
    assert faults(but(WORLD, flights={**WORLD.flights, missing.flight: missing})) == {}


def test_seats_held_above_the_capacity_by_intent_are_no_fault() -> None:
    """The airline authorised them, and says so in its feed."""
    number = {"economy": 2}
    state = replace(WORLD.flights[FINE], seats={"economy": 1}, authorised=number)
    ledger = replace(WORLD.seats[FINE], capacity={"economy": 1}, authorised=number)
    assert faults(with_flight(WORLD, (state, ledger))) == {}


def test_a_finding_names_what_is_wrong() -> None:
    """It gives the party and the flight to look at."""
    findings = audit(left_on_a_dead_flight()).findings
    assert findings["parties_on_dead_flights"] == (f"T is on {DEAD}, which is cancelled",)


def test_facts_count_by_their_sequence() -> None:
    """The latest fact is the last one in the stream, in whatever order they were read."""
    notice = NoticeSent(pnr="R", id="pR2", channel="maildir", sent_at=NOW)
    assert faults(but(notified_of_an_older_fact(), sent=(*WORLD.sent, notice))) == {}


@pytest.mark.parametrize(
    ("again_at", "goes_on"),
    [
        pytest.param(None, "not tried again", id="for good"),
        pytest.param(NOW, f"tried again at {NOW.isoformat()}", id="so far"),
    ],
)
def test_a_notice_that_no_channel_accepted_is_a_fault(again_at: datetime | None, goes_on: str) -> None:
    """The party does not know its trip. The finding says what comes of it."""
    failed = [NoticeFailed(pnr="K", id="pK", tried={"maildir": "disk full"}, at=NOW, attempts=3, again_at=again_at)]
    assert audit(but(never_notified(), failed=failed)).findings == {
        "unnotified_parties": (
            f"K was not notified of pK: no channel accepted the letter in 3 attempts, it is {goes_on}",
        )
    }


def test_a_notice_that_was_sent_after_failed_attempts_is_no_fault() -> None:
    """The record of the attempts stays."""
    failed = [NoticeFailed(pnr="K", id="pK", tried={"maildir": "disk full"}, at=NOW, again_at=NOW)]
    assert faults(but(WORLD, failed=failed)) == {}


def test_a_superseded_fact_that_a_later_letter_covers_is_no_fault() -> None:
    """The notice that was sent names it."""
    assert faults(notified_after_a_superseded_fact(covers=("pK0",))) == {}


def test_findings_as_text_are_bounded_and_their_count_is_not() -> None:
    """However many there are."""
    ledger = flight(key(8))[1]
    world = with_flight(WORLD, flight(key(8), economy=500))
    for number in range(50):
        world = with_booking(world, booking(f"P{number}", ledger, leg(ledger), seats=1))
    judged = audit(world)
    assert (judged.figures["ledger_mismatches"], len(judged.findings["ledger_mismatches"])) == (50, 20)


def recorded_as_pointless(fact: BookingKept, *, at: datetime = NOW) -> Streams:
    """The world in which K's latest fact is this one, and no letter was sent about it because it came too late."""
    facts = [known for known in WORLD.facts if known[1].pnr != "K"]
    pointless = [NoticePointless(pnr="K", id=fact.id, at=at)]
    return but(never_notified(), facts=[*facts, (99, fact)], pointless=pointless, now=max(NOW, at))


def test_a_letter_that_would_have_come_too_late_is_no_fault() -> None:
    """Every flight of the trip had left, and the times that the party knew have not changed."""
    fact = next(fact for _, fact in WORLD.facts if isinstance(fact, BookingKept) and fact.pnr == "K")
    left = max(leg.departs for leg in fact.after)
    assert faults(recorded_as_pointless(replace(fact, before=fact.after), at=left)) == {}


def test_a_letter_that_was_left_out_with_a_departure_ahead_is_a_fault() -> None:
    """The finding names the flight."""
    fact = next(fact for _, fact in WORLD.facts if isinstance(fact, BookingKept) and fact.pnr == "K")
    early = min(leg.departs for leg in fact.after) - timedelta(minutes=1)
    (finding,) = audit(recorded_as_pointless(fact, at=early)).findings["unnotified_parties"]
    assert finding.startswith("K was not notified of pK, which is recorded as pointless: ")


@pytest.mark.parametrize(
    ("lead", "count"), [pytest.param(1, 1, id="before-it-leaves"), pytest.param(-1, 0, id="after-it-has-left")]
)
def test_a_letter_about_a_trip_that_ends_early_was_of_use_before_the_flight_that_is_given_up(
    lead: int, count: int
) -> None:
    """The party has landed where it wants to be, and waits for that flight."""
    kept = next(fact for _, fact in WORLD.facts if isinstance(fact, BookingKept) and fact.pnr == "K")
    state, ledger = flight(key(8), departs=timedelta(hours=20))
    onward = leg(ledger)
    fact = replace(kept, before=(*kept.after, onward))
    streams = recorded_as_pointless(fact, at=onward.departs - timedelta(minutes=lead))
    streams = but(streams, flights={**streams.flights, state.flight: state})
    found = audit(streams).findings.get("unnotified_parties", ())
    assert len([each for each in found if "does not know that its trip ends before it" in each]) == count


def test_a_service_that_no_rule_knows_is_for_a_person_and_no_fault() -> None:
    """On the party or on one of its passengers; one that is refused is none. No name is shown."""
    asked = (Service(ssr="XYZW"), Service(ssr="ABCD", status="refused"))
    person = replace(R.passengers[0], services=(*R.passengers[0].services, *asked))
    party = replace(R.party, ssrs=(*R.party.ssrs, "XYZW"))
    judged = audit(with_booking(WORLD, replace(R, party=party, passengers=(person, R.passengers[1]))))
    assert judged.for_a_person.shown == ["R has XYZW, which no rule knows"]
    assert judged.clean
    assert not audit(WORLD).for_a_person.count


def test_who_is_on_board_was_not_left_behind() -> None:
    """The ledger says so, and the coupon says otherwise."""
    found = audit(left_behind_and_on_board()).findings["miscounted_parties"]
    assert found == (f"K was left behind by {LATE}, with passenger 1 on board",)

"""The audit takes no agent's word: an account that another one contradicts is found, whichever of the two is wrong."""

from collections.abc import Callable
from dataclasses import replace as but
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.flights import FlightChanged
from contracts.ledger import (
    BookingChanged,
    BookingFact,
    BookingKept,
    BookingStranded,
    Holding,
    SeatsDisrupted,
    WaitlistEntry,
)
from contracts.names import Pnr
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import (
    DEAD,
    FINE,
    LATE,
    NOW,
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

WORLD = but(sound(), whole=True)
K, R, S, T = (WORLD.bookings[pnr] for pnr in "KRST")
FACTS = {fact.pnr: fact for _, fact in WORLD.facts}


def with_fact(pnr: Pnr, **fields: Any) -> Streams:
    """The world with other fields in a party's fact."""
    return but(WORLD, facts=[(at, replace(fact, **fields) if fact.pnr == pnr else fact) for at, fact in WORLD.facts])


def with_state(state: Any) -> Streams:
    return but(WORLD, flights={**WORLD.flights, state.flight: state})


def monitor_later_than_ledger_and_people() -> Streams:
    state, late = WORLD.flights[FINE], hours(5)
    return with_state(
        replace(
            state,
            departs=state.departs + late,
            arrives=state.arrives + late,
            announced_departure=state.announced_departure + late,
            announced_arrival=state.announced_arrival + late,
        )
    )


def known_times_that_were_never_announced() -> Streams:
    state = WORLD.flights[FINE]
    return with_state(replace(state, departs=state.departs + hours(1)))


def smaller_aircraft_in_flights_alone() -> Streams:
    return with_state(replace(WORLD.flights[LATE], seats={"economy": 1}))


def smaller_aircraft_in_the_feed_alone() -> Streams:
    statuses = [(at, replace(s, seats={"economy": 1}) if s.flight == LATE else s) for at, s in WORLD.statuses]
    return but(WORLD, statuses=statuses)


def diversion_not_taken_over() -> Streams:
    return with_state(replace(WORLD.flights[FINE], diverted_to="OAK"))


def retiming_that_names_no_party() -> Streams:
    """The retiming of T's flight is applied, and T keeps the old times."""
    state, ledger = WORLD.flights[FINE], WORLD.seats[FINE]
    departs, arrives = ledger.departs + hours(1), ledger.arrives + hours(1)
    state = replace(
        state, last_change=2, departs=departs, arrives=arrives, announced_departure=departs, announced_arrival=arrives
    )
    ledger = replace(
        ledger, last_change=2, departs=departs, arrives=arrives, last_fact=1, last_disruption=1, last_for_all=1
    )
    unnamed = SeatsDisrupted(flight=FINE, n=1, kind="retimed", parties=(), departs=departs, arrives=arrives)
    world = with_ledger(with_state(state), ledger)
    return but(
        world,
        changes=(*WORLD.changes, (4, FlightChanged(flight=FINE, n=2, change="retimed", state=state))),
        disrupted=(*WORLD.disrupted, (20, unnamed)),
    )


def answered_without_a_fact() -> Streams:
    """The same, and T's leg has the new times."""
    world = retiming_that_names_no_party()
    (*earlier, (at, unnamed)) = world.disrupted
    bumped = altered(T, legs=(leg(world.seats[FINE]),))
    return but(with_booking(world, bumped), disrupted=(*earlier, (at, replace(unnamed, parties=("T",)))))


def inbound_in_after_the_onward_left() -> Streams:
    inbound = flight(key(8), "ORD", departs=-hours(3), block=hours(2), phase="arrived")
    onward = flight(key(9, "ORD"), "BOS", departs=-hours(2), block=hours(2), phase="departed")
    legs = (leg(inbound[1]), leg(onward[1]))
    world = with_ledger(WORLD, replace(WORLD.seats[FINE], holders={}))
    for state, ledger in (inbound, onward):
        world = with_flight(world, (state, replace(ledger, holders={"T": Holding("economy", 2)})))
    return with_booking(world, altered(T, legs=legs))


def kept_at_other_times() -> Streams:
    (kept,) = K.journeys[0].legs
    return with_fact("K", after=(replace(kept, departs=kept.departs + hours(5), arrives=kept.arrives + hours(5)),))


def kept_on_another_flight() -> Streams:
    return with_fact("K", after=(leg(WORLD.seats[FINE]),))


def moved_at_other_times() -> Streams:
    (given,) = R.journeys[0].legs
    return with_fact("R", after=(replace(given, departs=given.departs + hours(5)),))


def moved_to_another_cabin() -> Streams:
    return with_fact("R", after=(replace(R.journeys[0].legs[0], cabin="first"),))


def written_to_another_person() -> Streams:
    return with_fact("R", contact="another@example.org")


def stranded_without_a_place_on_the_waitlist() -> Streams:
    return but(WORLD, waiting={})


def rebooked_and_on_the_waitlist() -> Streams:
    entry = WaitlistEntry(pnr="R", origin="JFK", destination="SFO", seats=2)
    return but(WORLD, waiting={**WORLD.waiting, ("R", 1): entry})


def stranded_with_a_leg_on_a_cancelled_flight() -> Streams:
    dead = WORLD.seats[DEAD]
    world = with_ledger(WORLD, replace(dead, holders={"S": Holding("economy", 5)}))
    return with_booking(world, altered(S, legs=(leg(dead),)))


def moved_as_cancelled_although_it_flies_on_time() -> Streams:
    """T is moved off B6.3, which nothing happened to."""
    late, fine = WORLD.seats[LATE], WORLD.seats[FINE]
    to_boston = flight(key(4), "BOS", departs=hours(4.5))
    moved = BookingChanged(
        pnr="T", id="pT", reason="cancelled", before=(leg(fine),), after=(leg(to_boston[1]),), language="en",
        contact="", decided_at=NOW,
    )  # fmt: skip
    world = with_flight(WORLD, (to_boston[0], replace(to_boston[1], holders={"T": Holding("economy", 2)})))
    world = with_ledger(with_ledger(world, replace(fine, holders={}, lost_by={"T": 1})), late)
    world = with_booking(world, altered(T, legs=moved.after, state="rebooked", last_fact="pT"))
    notice = replace(WORLD.sent[0], pnr="T", id="pT")
    return but(world, facts=(*WORLD.facts, (14, moved)), sent=(*WORLD.sent, notice))


@pytest.mark.parametrize(
    "lie",
    [
        monitor_later_than_ledger_and_people,
        known_times_that_were_never_announced,
        smaller_aircraft_in_flights_alone,
        smaller_aircraft_in_the_feed_alone,
        diversion_not_taken_over,
        retiming_that_names_no_party,
        answered_without_a_fact,
        inbound_in_after_the_onward_left,
        kept_at_other_times,
        kept_on_another_flight,
        moved_at_other_times,
        moved_to_another_cabin,
        written_to_another_person,
        stranded_without_a_place_on_the_waitlist,
        rebooked_and_on_the_waitlist,
        stranded_with_a_leg_on_a_cancelled_flight,
        moved_as_cancelled_although_it_flies_on_time,
    ],
    ids=lambda lie: lie.__name__,
)
def test_an_account_that_another_contradicts_is_found(lie: Callable[[], Streams]) -> None:
    """Each of them was once judged clean."""
    assert not audit(lie()).clean


def test_the_world_without_them_is_clean() -> None:
    """Nothing in it is contradicted."""
    assert audit(WORLD).findings == {}


def test_only_the_party_that_moves_is_found() -> None:
    """A move as cancelled of a flight that flies has one cause and one finding."""
    (found,) = audit(moved_as_cancelled_although_it_flies_on_time()).findings.values()
    assert found == ("T was informed that its trip was cancelled, and none of its flights was (pT)",)


def chained(*facts: BookingFact) -> list[str]:
    """What is found where these are R's facts, and its booking has the last one."""
    notices = [replace(WORLD.sent[0], pnr="R", id=fact.id) for fact in facts]
    others = [(at, fact) for at, fact in WORLD.facts if fact.pnr != "R"]
    world = but(
        with_booking(WORLD, altered(R, last_fact=facts[-1].id)),
        facts=[*others, *((50 + at, fact) for at, fact in enumerate(facts))],
        sent=[*(notice for notice in WORLD.sent if notice.pnr != "R"), *notices],
    )
    return list(audit(world).findings.get("misinformed_parties", ()))


def test_facts_are_a_chain() -> None:
    """Each names the one before it, and starts from the trip that it left."""
    moved = FACTS["R"]
    assert isinstance(moved, BookingChanged)
    kept = BookingKept(
        pnr="R",
        id="pR2",
        follows="pR",
        reason="retimed",
        before=(replace(R.journeys[0].legs[0], answered=0),),
        after=R.journeys[0].legs,
        language="en",
        contact="",
        decided_at=NOW,
    )
    assert chained(moved, kept) == []
    assert chained(moved, replace(kept, follows="")) == ["R pR2 follows nothing, and comes after pR"]
    assert chained(moved, replace(kept, before=FACTS["S"].before, after=FACTS["S"].before))
    assert chained(replace(moved, follows="p0")) == ["R was never informed of p0, which pR follows"]


def test_a_party_is_stranded_where_its_flights_had_brought_it() -> None:
    """Nowhere else, and for its own destination."""
    stranded = FACTS["S"]
    assert isinstance(stranded, BookingStranded)
    for fields in ({"origin": "ORD"}, {"destination": "OAK"}, {"flown": (leg(WORLD.seats[FINE]),)}):
        entry = replace(WORLD.waiting["S", 1], **fields)
        assert "misinformed_parties" in audit(but(with_fact("S", **fields), waiting={("S", 1): entry})).findings

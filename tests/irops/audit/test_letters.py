"""Earlier facts about a journey: each is judged by what happened to its flights, although the next one is right."""

from dataclasses import replace as but
from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.flights import FlightChanged
from contracts.ledger import BookingKept, BookingStranded, Disruption, SeatsDisrupted, WaitlistEntry
from contracts.reservations import AmendedJourney, BookingAmended, PartySummary
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import DEAD, HEARD, LATE, NOW, booking, flight, hours, key, leg, sound, with_ledger
from tests.single_journey import altered

WORLD = sound()
ON_BOARD = flight(key(8), "ORD", departs=-hours(1), block=hours(3), phase="departed")
"""To Chicago; S is on it, and has lost its flight from there."""
FLOWN = leg(ON_BOARD[1])


def found(streams: Streams, pnr: str) -> list[str]:
    """The findings about this party's facts."""
    return [each for each in audit(streams).findings.get("misinformed_parties", ()) if each.startswith(pnr)]


def kept_twice(*, landing: str | None, first: Disruption = "diverted", cancelled: bool = False) -> Streams:
    """The world in which K's flight was to land in Oakland, and then in San Francisco again. `landing`: what K was informed of
    first; `first`: of what kind that disruption was; `cancelled`: the flight was cancelled before, when it had no holders."""
    (sequence, fact), legs = WORLD.facts[1], WORLD.bookings["K"].journeys[0].legs
    assert isinstance(fact, BookingKept)
    again = tuple(replace(each, answered=2) for each in legs)
    ledger = replace(WORLD.seats[LATE], last_fact=2, last_disruption=2)
    was = SeatsDisrupted(flight=LATE, n=1, kind=first, parties=("K",), departs=NOW, arrives=NOW, diverted_to="OAK")
    both = [(2, was), (3, replace(was, n=2, kind="retimed", diverted_to=None))]
    off = [(4, FlightChanged(flight=LATE, n=3, change="cancelled", state=WORLD.flights[LATE]))] if cancelled else []
    return but(
        with_ledger(WORLD, ledger),
        bookings={**WORLD.bookings, "K": altered(WORLD.bookings["K"], legs=again)},
        changes=[*WORLD.changes, *off],
        facts=[
            *(each for each in WORLD.facts if each[1].pnr != "K"),
            (sequence, replace(fact, id="pK0", diverted_to=landing)),
            (sequence + 1, replace(fact, before=legs, after=again, follows="pK0")),
        ],
        disrupted=[WORLD.disrupted[0], *both],
    )


@pytest.mark.parametrize("landing", [None, "DEN"])
def test_an_earlier_fact_has_the_landing_of_its_disruption(landing: str | None) -> None:
    """And not that of the last one."""
    lands = f"lands at {landing or 'its destination'}, and lands at OAK (pK0)"
    assert found(kept_twice(landing=landing), "K") == [f"K was informed that it {lands}"]
    assert not found(kept_twice(landing="OAK"), "K")


def test_a_landing_is_that_of_the_last_disruption_the_party_was_answered_for() -> None:
    """It may be asked about the next one."""
    fact = next(fact for _, fact in WORLD.facts if fact.pnr == "K")
    ledger = replace(WORLD.seats[LATE], diverted_to="OAK")
    lands = f"K lands at OAK, by {fact.id} at None"
    assert lands in found(with_ledger(WORLD, ledger), "K")
    assert lands not in found(with_ledger(WORLD, replace(ledger, last_disruption=2, last_for_all=2)), "K")


def test_a_broken_connection_says_nothing_of_the_landing() -> None:
    """Its disruption has no place."""
    assert found(kept_twice(landing="OAK", first="misconnected"), "K")
    assert not found(kept_twice(landing=None, first="misconnected"), "K")


def test_a_flight_cancelled_without_holders_may_land_at_its_destination_again() -> None:
    """No disruption says so."""
    assert not found(kept_twice(landing=None, cancelled=True), "K")


def stranded_on_the_way(**fields: Any) -> Streams:
    """The world in which S waits in Chicago; of the flight that brings it there, fact and waitlist have these fields."""
    state, ledger = replace(ON_BOARD[0], last_change=2), replace(ON_BOARD[1], last_change=2)
    lost = flight(key(9, "ORD"), departs=hours(4), phase="cancelled", last_disruption=1)
    dead, onward = replace(lost[0], last_change=2), leg(lost[1], answered=0)
    flown = (replace(FLOWN, **fields),)
    sold = booking("S", WORLD.seats[DEAD], state="stranded", plan="pS", seats=5)
    stranded = BookingStranded(
        pnr="S", id="pS", reason="cancelled", before=(FLOWN, onward), origin="ORD", destination="SFO", flown=flown,
        language="en", contact="", decided_at=NOW, marks=("onward",),
    )  # fmt: skip
    return but(
        WORLD,
        flights={**WORLD.flights, state.flight: state, dead.flight: dead},
        seats={**WORLD.seats, ledger.flight: ledger},
        changes=[
            *WORLD.changes,
            (4, FlightChanged(flight=state.flight, n=2, change="departed", state=state)),
            (5, FlightChanged(flight=dead.flight, n=2, change="cancelled", state=dead)),
        ],
        bookings={**WORLD.bookings, "S": sold},
        waiting={("S", 1): WaitlistEntry(pnr="S", origin="ORD", destination="SFO", seats=5, flown=flown)},
        facts=[*WORLD.facts[:2], (13, stranded)],
    )


@pytest.mark.parametrize(
    "otherwise",
    [
        {"married": True},
        {"sold_as": key(7)},
        {"destination": "DEN"},
        {"departs": FLOWN.departs - hours(1)},
        {"arrives": FLOWN.arrives + hours(1)},
    ],
    ids=lambda fields: str(next(iter(fields))),
)
def test_what_a_stranded_party_has_flown_is_the_flight_that_it_had(otherwise: dict[str, Any]) -> None:
    """As it was sold, at times that it had, to where it was to land or has landed."""
    assert len(found(stranded_on_the_way(**otherwise), "S")) == 1
    assert not found(stranded_on_the_way(), "S")


def test_a_waitlist_has_what_its_fact_has_flown() -> None:
    """With the disruptions that the party was answered for."""
    world = stranded_on_the_way()
    entry = world.waiting["S", 1]
    otherwise = replace(entry, flown=(replace(FLOWN, answered=1),))
    assert len(found(but(world, waiting={("S", 1): otherwise}), "S")) == 1


@pytest.mark.parametrize(("departs", "faults"), [(-4, 0), (1, 1)], ids=["overdue", "in time"])
def test_a_flight_that_has_not_left_at_its_time_may_have_broken_a_connection(departs: float, faults: int) -> None:
    """Its known times are as they were: no word of it has come."""
    world = sound()
    first, second = flight(key(8), "ORD", departs=hours(departs), block=hours(2)), flight(key(9, "ORD"))
    (sequence, fact), *others = world.facts
    broken = replace(fact, reason="misconnected", broken_by=key(8), before=(leg(first[1]), leg(second[1])))
    streams = but(
        world,
        flights={**world.flights, key(8): first[0], key(9, "ORD"): second[0]},
        seats={**world.seats, key(8): first[1], key(9, "ORD"): second[1]},
        facts=((sequence, broken), *others),
        whole=True,
    )
    findings = audit(streams).findings["misinformed_parties"]
    assert sum("whose times are as they were" in finding for finding in findings) == faults


@pytest.mark.parametrize(
    ("sequence", "is_given_up", "is_fault"),
    [
        pytest.param(5, False, False, id="changed before"),
        pytest.param(5, True, True, id="only given up before"),
        pytest.param(50, False, True, id="changed after"),
    ],
)
def test_a_journey_that_the_booking_has_no_more_may_have_made_its_party_late(
    sequence: int, *, is_given_up: bool, is_fault: bool
) -> None:
    """If it had changed by then. That it is given up makes no party late."""
    way = WORLD.bookings["R"].journeys[0].legs
    party = PartySummary(passengers=2, seats=2, language="en", contact="")
    other = AmendedJourney(number=2, before=way, after=() if is_given_up else way)
    amended = BookingAmended(
        pnr="R", id="v1", version=1, before=party, after=party, changed=("journeys",), journeys=(other,), decided_at=NOW
    )
    facts = [(at, replace(fact, reason="unreachable") if fact.pnr == "R" else fact) for at, fact in WORLD.facts]
    late = found(but(WORLD, facts=facts, amended=[(sequence, amended)]), "R")
    assert any("no journey before it has changed" in each for each in late) is is_fault


@pytest.mark.parametrize(("known_at", "faults"), [(None, True), (HEARD, False)], ids=["not known", "by a clock ahead"])
def test_what_happened_is_known_when_its_status_came(known_at: datetime | None, faults: bool) -> None:
    """Whatever its feed's clock showed."""
    changes = [
        (at, replace(change, state=replace(change.state, observed_at=NOW + hours(0.5), known_at=known_at)))
        for at, change in WORLD.changes
    ]
    informed = found(but(WORLD, changes=changes, whole=True), "R")
    assert ("R was informed that its trip was cancelled, and none of its flights was (pR)" in informed) == faults

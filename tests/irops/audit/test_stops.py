"""Who stays on board at a stop of a flight that goes on under its number, by what the monitor has of its legs."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.flights import Flight, Phase
from contracts.ledger import Connection, Holding, Schedule, SeatLedger
from irops.audit import audit
from irops.audit.stops import stays_on_board
from tests.irops.audit.audit_world import booking, flight, hours, key, leg, sound, with_booking, with_flight

FIRST = flight(key(65), "ATL", departs=-hours(2), block=hours(2.5), phase="departed")
"""It is to land half an hour after now."""
Flown = tuple[Flight, SeatLedger]


def onward(
    departs: timedelta, *, phase: Phase = "scheduled", tail: str | None = None, late: timedelta = timedelta(0)
) -> Flown:
    """The leg after it, which is late by so much."""
    state, ledger = flight(key(65, "ATL"), departs=departs, block=hours(4), phase=phase)
    scheduled = Schedule(state.departs - late, state.arrives - late)
    return (
        replace(state, tail=tail, scheduled_departure=scheduled.departs, scheduled_arrival=scheduled.arrives),
        replace(ledger, tail=tail, schedule=scheduled if late else None),
    )


def found(first: Flown, second: Flown) -> list[str]:
    """What is wrong with the trip of a party that has both legs."""
    pnr, world = "THROUGH", sound()
    held = Holding("economy", 2)
    for (state, ledger), connection in zip(
        (first, second),
        (Connection(None, second[1].flight), Connection(first[1].flight, None)),
        strict=True,
    ):
        world = with_flight(world, (state, replace(ledger, holders={pnr: held}, connecting={pnr: connection})))
    sold = replace(second[1], flight=first[1].flight)
    party = booking(pnr, replace(sold, destination=second[1].destination), leg(first[1]), leg(second[1]))
    return list(audit(with_booking(world, party)).findings.get("illegal_trips", ()))


def test_a_leg_that_has_left_before_the_one_before_it_is_in_has_left_without_its_party() -> None:
    """It left five minutes ago."""
    gone = onward(-hours(1 / 12), phase="departed")
    assert found(FIRST, gone) == [
        "THROUGH leaves with B6.65.ATL.2013-02-08 at 11:55, and is in with B6.65.JFK.2013-02-08 at 12:30"
    ]


def test_a_leg_that_is_to_leave_before_the_one_before_it_is_in_waits_for_it() -> None:
    """It is the same aircraft, as far as is known."""
    assert found(FIRST, onward(hours(0.2))) == []


def test_the_same_leg_of_the_next_day_does_not_wait() -> None:
    """The first leg is a day late, and in 20 minutes after it leaves. The leg of its own day, as late, waits."""
    scheduled = Schedule(FIRST[0].departs - hours(24), FIRST[0].arrives - hours(24))
    first = (
        replace(FIRST[0], scheduled_departure=scheduled.departs, scheduled_arrival=scheduled.arrives),
        replace(FIRST[1], schedule=scheduled),
    )
    assert found(first, onward(hours(1 / 6), late=hours(24))) == []
    assert len(found(first, onward(hours(1 / 6)))) == 1


@pytest.mark.parametrize(
    ("tails", "phase", "stays"),
    [
        ((None, None), "departed", False),
        (("N1", None), "departed", False),
        (("N1", "N-1"), "departed", True),
        (("N1", "N1"), "arrived", False),
        (("N1", "N2"), "departed", False),
    ],
)
def test_a_landing_may_be_unheard_of_an_aircraft_that_is_known_to_be_one(
    tails: tuple[str | None, str | None], phase: Phase, *, stays: bool
) -> None:
    """The next leg left before the first is to be in."""
    inbound = replace(FIRST[0], tail=tails[0], phase=phase)
    gone, _ = onward(-hours(1 / 12), phase="departed", tail=tails[1])
    flights = {inbound.flight: inbound, gone.flight: gone}
    assert stays_on_board(inbound.flight, gone.flight, flights) == stays

"""Stays between two journeys: the audit finds a party that cannot be at the first flight of the second."""

from dataclasses import replace as but

import pytest
from msgspec.structs import replace

from contracts.ledger import Holding, Ticket
from contracts.names import Airport
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import DEAD, booking, flight, hours, key, leg, sound
from tests.irops.audit.offer_world import world as offer_world


@pytest.mark.parametrize(
    ("lands", "stay", "found"),
    [
        pytest.param("JFK", 1.5, 0, id="as long as was sold"),
        pytest.param("JFK", 0.5, 0, id="as short as is sold"),
        pytest.param("JFK", 0.45, 1, id="a little too short"),
        pytest.param("JFK", -0.5, 1, id="gone before it lands"),
        pytest.param("EWR", 1.5, 1, id="too short between two airports"),
        pytest.param("EWR", 3, 0, id="long enough between two airports"),
    ],
)
def test_a_party_that_cannot_be_back_for_its_next_journey_is_found(lands: Airport, stay: float, found: int) -> None:
    """It was sold an hour and a half at Kennedy."""
    world = sound()
    out = flight(key(8, "SFO"), lands, departs=hours(2), block=hours(6))
    back = flight(key(9), "SFO", departs=hours(8 + stay))
    sold = booking("Q", out[1], leg(out[1]))
    first = replace(
        sold.journeys[0],
        ticket=Ticket(
            origin="SFO",
            destination="JFK",
            departs=out[1].departs,
            arrives=back[1].departs - hours(1.5),
            flights=(out[1].flight,),
        ),
    )
    second = replace(
        booking("Q", back[1], leg(back[1])).journeys[0],
        number=2,
    )
    held = {"Q": Holding("economy", 2)}
    streams = but(
        world,
        flights={**world.flights, out[0].flight: out[0], back[0].flight: back[0]},
        seats={
            **world.seats,
            **{ledger.flight: replace(ledger, holders=held) for _, ledger in (out, back)},
        },
        bookings={**world.bookings, "Q": replace(sold, journeys=(first, second))},
    )
    findings = audit(streams).findings.get("illegal_trips", ())
    assert [f"has {back[0].flight}, which leaves" in each for each in findings] == [True] * found


def test_a_journey_behind_one_that_is_asked_about_has_no_answer_yet() -> None:
    """It is planned once that is answered."""
    world = offer_world()
    back = flight(key(9, "SFO"), "JFK", departs=hours(4))
    second = replace(booking("O", back[1], leg(back[1])).journeys[0], number=2)
    out = flight(DEAD, "SFO", departs=hours(1), last_disruption=1)
    asked = replace(world.bookings["O"], journeys=(*world.bookings["O"].journeys, second))
    streams = but(
        world,
        flights={**world.flights, out[0].flight: out[0], back[0].flight: back[0]},
        seats={**world.seats, back[1].flight: replace(back[1], holders={"O": Holding("economy", 2)})},
        bookings={**world.bookings, "O": asked},
    )

    def found(streams: Streams) -> list[str]:
        return [fault for fault in audit(streams).findings.get("illegal_trips", ()) if fault.startswith("O ")]

    assert found(streams) == []
    (fault,) = found(but(streams, offers={}))
    assert f"O journey 2 has {back[0].flight}, which leaves" in fault

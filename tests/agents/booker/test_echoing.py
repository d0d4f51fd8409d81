"""Which versions of a booking are answers to an offer."""

from typing import Any

import pytest
from msgspec import structs

from agents.booker.domain.echoing import echoed
from agents.booker.domain.offering import Reply
from contracts.ledger import Booking, Journey
from contracts.offers import Offer
from contracts.reservations import ReservationStatus, SplitFrom
from tests.agents.booker.booker_world import NOW, ONE, THREE, TWO, Ledgers, booking, flight, hours
from tests.agents.booker.test_offering import ASKS, TO_THREE, TO_TWO, offered


def theirs(*on: str, number: int = 1) -> Booking:
    known = booking("P", [flight(key) for key in on], seats=2)
    journeys: tuple[Journey, ...] = (structs.replace(known.journeys[0], number=number),)
    return structs.replace(known, journeys=journeys)


def heard(status: ReservationStatus, later: float = 0, **changes: Any) -> Reply | None:
    """What the status says to the open offer of `test_offering`, this many hours later."""
    state: tuple[Ledgers, Booking, Offer] = offered()
    ledgers, party, offer = state
    party = structs.replace(party, **changes)
    return echoed(status, party, {("P", 1): offer}, ledgers, rules=ASKS, now=NOW + hours(later))


def status(*on: str, number: int = 1, **fields: Any) -> ReservationStatus:
    offer = offered()[2].id
    status = ReservationStatus(pnr="P", version=1, offer=offer, booking=theirs(*on, number=number) if on else None)
    return structs.replace(status, **fields)


@pytest.mark.parametrize(("on", "option"), [(TWO, TO_TWO.id), (THREE, TO_THREE.id)])
def test_a_version_with_a_trip_of_the_open_offer_takes_it_whatever_the_answerer(on: str, option: str) -> None:
    reply = heard(status(on))
    assert reply is not None
    assert (reply.answer, reply.by, reply.option) == ("take", "system", option)


def test_a_version_may_have_what_was_flown_before_the_trip() -> None:
    reply = heard(status(ONE, TWO))
    assert reply is not None
    assert reply.option == TO_TWO.id


@pytest.mark.parametrize(
    ("status", "later", "changes"),
    [
        pytest.param(status(ONE), 0, {}, id="another trip"),
        pytest.param(status(TWO, offer="another"), 0, {}, id="another offer"),
        pytest.param(status(TWO, offer=""), 0, {}, id="no offer"),
        pytest.param(status(TWO, number=2), 0, {}, id="another journey"),
        pytest.param(status(withdrawn=True), 0, {}, id="withdrawn"),
        pytest.param(status(TWO), 2, {}, id="too late"),
        pytest.param(status(TWO), 0, {"version": 1}, id="a version that was decided"),
        pytest.param(status(TWO, split_from=SplitFrom(pnr="Q", version=1, booking=theirs(TWO))), 0, {}, id="a split"),
    ],
)
def test_any_other_version_is_no_answer(status: ReservationStatus, later: float, changes: dict[str, Any]) -> None:
    assert heard(status, later, **changes) is None

"""What a trip costs a party, and which party is planned first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.planner.domain import Availability, cost, importance, priority
from agents.planner.domain.costs import Offer, Promise, weighted
from contracts.ledger import Party, Tier
from contracts.names import Cabin
from contracts.passengers import Ssr
from contracts.rules import Weights
from tests.agents.planner.planner_worlds import at, flight, party

TICKET = Promise(
    origin="JFK", destination="MCO", departs=at(14), arrives=at(17), carriers=frozenset({"B6"}), cabin="economy"
)


def terms(
    *flights: Availability, cabin: Cabin = "economy", ticket: Promise = TICKET, reached: str | None = None
) -> object:
    return cost(Offer(flights=flights, cabins=(cabin,) * len(flights), reached=reached), ticket, Weights())


FROM_FIRST = Promise(
    origin="JFK", destination="MCO", departs=at(14), arrives=at(17), carriers=frozenset({"B6"}), cabin="first"
)


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        pytest.param(terms(flight("B6.1", "JFK-MCO", 14)), {}, id="the-ticket-itself"),
        pytest.param(terms(flight("B6.1", "JFK-MCO", 16)), {"delay": 120}, id="later"),
        pytest.param(terms(flight("B6.1", "JFK-MCO", 12)), {"early": 60}, id="earlier"),
        pytest.param(terms(flight("B6.1", "LGA-MCO", 14)), {"transfer": 120}, id="other-airport"),
        pytest.param(terms(flight("DL.1", "JFK-MCO", 14)), {"carrier": 90}, id="other-carrier"),
        pytest.param(terms(flight("B6.1", "JFK-MCO", 14), cabin="first"), {"upgrade": 150}, id="upgrade"),
        pytest.param(terms(flight("B6.1", "JFK-MCO", 14), ticket=FROM_FIRST), {"downgrade": 240}, id="downgrade"),
        pytest.param(
            terms(flight("B6.1", "JFK-MCO", 14), ticket=FROM_FIRST, cabin="business"),
            {"downgrade": 80},
            id="one-rank-lower",
        ),
        pytest.param(terms(flight("B6.1", "JFK-MCO", 14), cabin="premium"), {"upgrade": 50}, id="one-rank-higher"),
        pytest.param(
            terms(flight("B6.1", "JFK-CLT", 14, hours=1), flight("B6.2", "CLT-MCO", 16, hours=1)),
            {"connection": 60},
            id="connection",
        ),
        pytest.param(
            terms(flight("B6.1", "BOS-JFK", 11, hours=1), flight("B6.2", "LGA-MCO", 15, hours=2), reached="BOS"),
            {"connection": 60, "transfer": 120},
            id="under-way-with-a-transfer",
        ),
    ],
)
def test_each_inconvenience_is_a_term_of_its_own(offered: dict[str, int], expected: dict[str, int]) -> None:
    """Terms of 0 are left out."""
    assert offered == expected


@given(
    st.dictionaries(st.text(max_size=3), st.integers(1, 100_000), max_size=7), st.integers(1, 4000), st.integers(1, 99)
)
def test_importance_never_reorders_trips(trip: dict[str, int], sixteenths: int, more: int) -> None:
    """The trip that costs less before importance costs less after it, exactly."""
    factor = sixteenths / 16
    total = sum(weighted(trip, factor).values())
    assert total == sum(trip.values()) * factor
    assert total < sum(weighted({**trip, "more": more}, factor).values()) or "more" in trip


@pytest.mark.parametrize(
    ("who", "factor"),
    [
        pytest.param(party(), 1.0, id="anyone"),
        pytest.param(party(seats=3), 3.0, id="three"),
        pytest.param(party(tier="platinum"), 1.75, id="platinum"),
        pytest.param(party(tier="diamond"), 1, id="a-tier-that-no-rule-knows"),
        pytest.param(party(fare=500), 1.5, id="fare"),
        pytest.param(party(fare=5000), 2.0, id="fare-capped"),
        pytest.param(party(seats=2, fare=1000), 3.0, id="fare-per-head"),
        pytest.param(party(ssrs=("WCHR",)), 2.0, id="delay-sensitive"),
    ],
)
def test_importance_weighs_passengers_tier_fare_and_need(who: Party, factor: float) -> None:
    """The factor is passengers, times tier and fare, times delay sensitivity."""
    assert importance(who, Weights()) == factor


def test_weights_are_arguments() -> None:
    """Another weight gives another term."""
    offer = Offer(flights=(flight("B6.1", "JFK-MCO", 16),), cabins=("economy",))
    assert cost(offer, TICKET, Weights(delay=2)) == {"delay": 240}


def named(
    pnr: str, *, tier: Tier = "none", fare: int = 0, seats: int = 1, ssrs: tuple[Ssr, ...] = ()
) -> tuple[bool, int, float, int, str]:
    who = party(seats=seats, tier=tier, fare=fare, ssrs=ssrs)
    return priority(pnr, who)


def test_delay_sensitive_parties_come_first_then_tier_fare_size_and_pnr() -> None:
    """Each criterion counts only where all before it are equal."""
    order = [
        named("F", ssrs=("UMNR",)),
        named("E", tier="platinum"),
        named("D", tier="silver", fare=100),
        named("C", fare=200),
        named("B", fare=300, seats=3),
        named("Z", seats=2),
        named("A"),
        named("G", ssrs=("LANG",)),
    ]
    assert order == sorted(order)

"""A party that did not come to its first flight: it is at home, and planned from there when its trip is disrupted."""

from pathlib import Path

import pytest

from contracts.passengers import CouponState, Passenger
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import living


@pytest.mark.parametrize(("coupon", "from_"), [("flown", "ORD"), ("no_show", "JFK")])
async def test_a_disrupted_party_is_planned_from_where_its_coupons_say(
    coupon: CouponState, from_: str, tmp_path: Path
) -> None:
    """The audit agrees."""
    world = World()
    first, second = world.flight(1, to="ORD", leaves=1, takes=2), world.flight(2, "ORD", leaves=5, takes=4)
    by = {"ORD": world.flight(3, "ORD", leaves=7, takes=4), "JFK": world.flight(4, leaves=6)}
    world.party("A", first, second, people=(Passenger(id="1", coupons={first: coupon}),))
    left = T0 + hours(1)
    async with living(world, tmp_path, now=left + hours(0.5)) as system:
        await system.hear(world.status(first, minute=61, departed_at=left))
        await system.hear(world.status(second, minute=62, cancelled=True))
        end = await system.end()
    assert end.trip("A")[-1] == by[from_]

"""How long each class of message is kept, by the settings."""

from datetime import timedelta

import pytest
from nats.aio.client import Client

from bus import Bus, Commit, Environment, Fact, Write
from bus.admin.provision import provision
from bus.admin.stream_states import stream_state
from bus.retention import Retention
from contracts.flights import FLIGHT, FLIGHT_CHANGED
from contracts.streams import STREAMS
from tests.bus.bus_world import changed, flight


def retention(**days: str) -> Retention:
    return Retention.from_environment(
        Environment({f"IROPS_RETENTION_{name}_DAYS": value for name, value in days.items()})
    )


def test_without_settings_no_age_is_changed() -> None:
    """New streams get the ages of their contract."""
    assert retention().max_ages(STREAMS) == {}


def test_every_class_has_a_setting_in_days() -> None:
    """Zero is for ever."""
    given = retention(FEED="0.5", PLANS="7", NOTICES="365", DEAD_LETTERS="0")
    assert given.max_ages(STREAMS) == {
        "FEED": timedelta(hours=12),
        "PLANS": timedelta(days=7),
        "REQUESTS": timedelta(days=7),
        "NOTICES": timedelta(days=365),
        "DEAD": timedelta(0),
    }


@pytest.mark.parametrize("days", ["-1", "0.5", "4000", "nan", "a week", ""])
def test_a_bad_number_of_days_is_named(days: str) -> None:
    """With the key, the value and what is wanted."""
    with pytest.raises(
        ValueError, match=r"^IROPS_RETENTION_PLANS_DAYS is '.*': wanted a number of days from 1 to 3650, or 0"
    ):
        retention(PLANS=days)


async def test_streams_are_provisioned_with_the_ages_of_the_settings(nc: Client) -> None:
    """A second run without the settings keeps them."""
    await provision(nc, STREAMS, max_ages=retention(NOTICES="365").max_ages(STREAMS))
    await provision(nc, STREAMS)
    assert (await stream_state(nc, "NOTICES")).max_age == timedelta(days=365)
    assert (await stream_state(nc, "PLANS")).max_age == timedelta(days=14)
    assert (await stream_state(nc, "LEDGER")).max_age is None


@pytest.mark.parametrize(
    ("facts", "ttl"),
    [
        pytest.param(retention().facts, "336h", id="by default"),
        pytest.param(retention(FACTS="2.5").facts, "60h", id="set"),
        pytest.param(retention(FACTS="0").facts, None, id="for ever"),
    ],
)
async def test_a_fact_expires_after_the_retention_of_facts(nc: Client, facts: timedelta, ttl: str | None) -> None:
    """The state beside it does not; nor does a fact whose stream has an age of its own."""
    bus = Bus(nc, source="test", facts_last=facts)
    await bus.commit(
        Commit(
            facts=[Fact(FLIGHT_CHANGED.of(changed(1))), Fact(FLIGHT_CHANGED.of(changed(2)), expires=False)],
            states=[Write(FLIGHT.of(flight(1)), 0)],
        )
    )
    stored = [await nc.request("$JS.API.DIRECT.GET.FLIGHTS", b'{"seq":%d}' % sequence) for sequence in (1, 2, 3)]
    assert [(msg.headers or {}).get("Nats-TTL") for msg in stored] == [ttl, None, None]

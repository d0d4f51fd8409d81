"""Every message that a disruption brings about leads back to the feed, in one trace."""

from collections.abc import Mapping
from pathlib import Path

from bus.operations import Raw, stored
from bus.wire.envelope import cause_id_of, span_of
from contracts.ledger import ACTIVE_BOOKER
from tests.journeys.small_world import World
from tests.journeys.system import living

WORLD = World()
DEAD = WORLD.flight(1, leaves=3)
FULL = WORLD.flight(2, leaves=5, economy=2)
LARGER = WORLD.flight(3, leaves=7, economy=0)
WORLD.party("MOVED", DEAD, seats=2, tier="gold")
WORLD.party("WAITS", DEAD, seats=3)

STREAMS = ("FEED", "FLIGHTS", "LEDGER", "PLANS", "NOTICES")


def family(subject: str) -> str:
    return ".".join(subject.split(".", 2)[:2])


def ancestors(headers: Mapping[str, str], by_id: Mapping[str, Raw]) -> list[str]:
    """The families of the causes of a message, nearest first."""
    found: list[str] = []
    while cause := cause_id_of(headers):
        found.append(family(by_id[cause].subject))
        headers = by_id[cause].headers
    return found


async def test_every_fact_plan_notice_and_state_leads_back_to_the_status_that_brought_it_about(tmp_path: Path) -> None:
    """Each names a cause that is stored, in that one's trace, with its span as the parent."""
    async with living(WORLD, tmp_path) as system:
        seeded = {stream: [raw async for raw in stored(system.bus.nc, stream)][-1:] for stream in STREAMS}
        before = {stream: raws[0].sequence if raws else 0 for stream, raws in seeded.items()}
        await system.hear(WORLD.status(DEAD, minute=1, cancelled=True))
        await system.hear(WORLD.status(LARGER, minute=3, seats={"economy": 5}))
        found = [
            raw
            for stream in STREAMS
            async for raw in stored(system.bus.nc, stream)
            if raw.sequence > before[stream] and raw.subject != ACTIVE_BOOKER.pattern and not raw.removed
        ]
    by_id = {raw.headers["ce-id"]: raw for raw in found}
    seen: dict[str, list[str]] = {}
    for raw in found:
        _, trace, parent, flags = raw.headers["traceparent"].split("-")
        assert flags == "00"
        cause = cause_id_of(raw.headers)
        seen.setdefault(family(raw.subject), ancestors(raw.headers, by_id))
        assert bool(cause) == (family(raw.subject) != "feed.flight"), raw.subject
        if cause:
            assert parent == span_of(cause)
            assert trace == by_id[cause].headers["traceparent"].split("-")[1]
    chain = ["plan.proposed", "seats.disrupted", "flight.changed", "feed.flight"]
    assert seen["booking.changed"] == chain
    assert seen["notice.sent"] == ["booking.changed", *chain]
    assert seen["flight.state"] == ["feed.flight"]
    assert seen["ledger.booking"] == chain
    assert seen["seats.disrupted"] == chain[2:]
    assert {"ledger.flight", "seats.freed", "booking.stranded"} <= seen.keys()


async def test_a_message_on_an_address_without_a_party_names_none_in_its_headers(tmp_path: Path) -> None:
    """So that forgetting the party need not change it."""
    async with living(WORLD, tmp_path) as system:
        await system.hear(WORLD.status(DEAD, minute=1, cancelled=True))
        found = [raw for stream in STREAMS async for raw in stored(system.bus.nc, stream)]
    for raw in found:
        for pnr in ("MOVED", "WAITS"):
            assert pnr in raw.subject or pnr not in str(raw.headers), raw.subject

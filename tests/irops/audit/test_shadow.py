"""The audit's figure `acted_in_shadow`."""

from collections.abc import Set
from datetime import UTC, datetime

from nats.aio.client import Client

from bus import Bus
from bus.operations import stored
from contracts.ledger import BOOKING
from contracts.notices import NoticeSent
from irops.audit import Streams, audit
from irops.system.reading import read_streams
from simulation.seeding import seed_streams
from tests.journeys.small_world import World

NOW = datetime(2013, 2, 8, 12, tzinfo=UTC)
SENT = NoticeSent(pnr="A", id="x", channel="mailto", sent_at=NOW)


def streams(*, written_in_shadow: Set[str], is_shadow: bool, sent: NoticeSent = SENT) -> Streams:
    return Streams(
        flights={},
        seats={},
        bookings={},
        now=NOW,
        horizon=NOW,
        written_in_shadow=written_in_shadow,
        is_shadow=is_shadow,
        sent=[sent],
    )


def found(judged: Streams) -> tuple[str, ...]:
    return audit(judged).findings.get("acted_in_shadow", ())


def test_a_message_of_a_shadow_in_a_system_that_is_none_is_a_fault() -> None:
    """It names the message."""
    judged = streams(written_in_shadow={"booking.changed.A.x"}, is_shadow=False)
    assert found(judged) == ("booking.changed.A.x was written by an agent of a shadow",)


async def test_it_is_found_in_the_streams_of_a_live_system(nc: Client, bus: Bus) -> None:
    """By its header, however it came there."""
    world = World()
    world.party("A", world.flight(1, leaves=3))
    await seed_streams(bus, world.seeded())
    assert found(await read_streams(bus)) == ()
    (booking,) = [raw async for raw in stored(nc, BOOKING.stream) if raw.subject == BOOKING.key(pnr="A").name]
    await nc.jetstream().publish(booking.subject, booking.data, headers={"ce-shadow": "true"})
    assert found(await read_streams(bus)) == ("ledger.booking.A was written by an agent of a shadow",)


def test_it_is_none_in_a_shadow() -> None:
    assert found(streams(written_in_shadow={"booking.changed.A.x"}, is_shadow=True)) == ()


def test_a_letter_that_has_left_a_shadow_is_a_fault() -> None:
    """It names the party and the channel."""
    judged = streams(written_in_shadow={"notice.sent.A.x"}, is_shadow=True)
    assert found(judged) == ("A has a letter by mailto from a shadow",)


def test_a_letter_that_the_maildir_keeps_is_none() -> None:
    kept = NoticeSent(pnr="A", id="x", channel="maildir", sent_at=NOW)
    assert found(streams(written_in_shadow={"notice.sent.A.x"}, is_shadow=True, sent=kept)) == ()


def test_a_letter_that_the_live_system_had_sent_before_is_none() -> None:
    """It is part of the state that the shadow began with, and has no mark."""
    assert found(streams(written_in_shadow=frozenset(), is_shadow=True)) == ()

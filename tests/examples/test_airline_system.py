"""The example of an airline's own system: beside the agents as a process of its own, and on a server where it has a key."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bus import Bus, Fact
from bus.access.users import authorization
from bus.admin.provision import provision, set_clock
from bus.admin.server import Server
from bus.settings import Settings
from bus.wire.causes import shown
from bus.wire.connection import close, connect
from contracts.flights import FLIGHT_STATUS
from contracts.ledger import BOOKING, BOOKING_CHANGED
from contracts.offers import OFFER_ANSWERED, TRIP_OFFERED, OfferAnswered
from contracts.requests import REQUEST_MADE
from contracts.reservations import RESERVATION_STATUS
from contracts.streams import STREAMS
from examples.airline_system import answer_to, from_environment
from irops.processes.supervisor import Supervisor
from tests.agents.notifier.samples import offered
from tests.bus.access.guarded import Guarded
from tests.irops.command_line import irops
from tests.journeys.offering import asking, made
from tests.journeys.small_world import World
from tests.journeys.system import living
from tests.support import eventually

MODULE = "examples.airline_system"


@pytest.mark.parametrize(("full", "confirmed"), [((), 0), ((0,), 1), ((0, 1), None)])
async def test_the_first_trip_with_seats_in_its_inventory_is_the_one_that_is_booked(
    full: tuple[int, ...], confirmed: int | None, tmp_path: Path
) -> None:
    """Without one the party waits for a person."""
    world = World()
    dead, *others = (world.flight(number, leaves=leaves) for number, leaves in ((1, 3), (2, 6), (3, 8)))
    world.party("P", dead)
    own = {"AIRLINE_FULL": ",".join(others[at] for at in full)} if full else {}
    environment = asking(tmp_path, 'by = "system"\n')
    async with living(world, tmp_path, environment=environment, lives=[own]) as system:
        await system.supervisor.start([MODULE])
        await system.hear(world.status(dead, cancelled=True))

        async def decided() -> bool:
            return bool((await system.end()).facts("P"))

        await eventually(decided, what="an outcome")
        await system.settled()
        end = await system.end()
        (offer,) = await made(system, "P")
        (fact,) = end.facts("P")
        assert (fact.offer, fact.answered_by) == (offer.id, "system")
        assert end.trip("P") == ([] if confirmed is None else [others[confirmed]])


def test_an_offer_has_one_answer_however_often_it_comes() -> None:
    offer = offered((), answerer="system")
    assert answer_to(offer, frozenset()) == answer_to(offer, frozenset())


def test_a_setting_that_names_no_flight_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^AIRLINE_FULL is 'nonsense': wanted keys of flights$"):
        from_environment({"AIRLINE_FULL": "nonsense"})


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    """A server that admits those for whom `irops users --also` has made keys, the airline's system among them."""
    keys = tmp_path / "keys"
    ended = await irops("users", "--keys", str(keys), "--also", MODULE)
    assert ended.status == 0, ended.err
    server = Server(tmp_path / "nats", users=authorization((keys / "users.conf").read_text()))
    await server.start()
    async with AsyncExitStack() as stack:
        stack.callback(server.kill)
        operator = await connect(Settings(nats_url=server.url, keys=keys).endpoint("irops"), name="irops")
        stack.push_async_callback(close, operator)
        await provision(operator, STREAMS)
        await set_clock(operator)
        yield Guarded(keys, server, operator)


async def test_with_its_key_it_hears_offers_and_answers_them(guarded: Guarded, tmp_path: Path) -> None:
    offer = offered((), answerer="system")
    operator = Bus(guarded.operator, source="test")
    await operator.emit_once([Fact(TRIP_OFFERED.of(offer))])
    supervisor = Supervisor(tmp_path / "logs", {"NATS_URL": guarded.server.url, "IROPS_KEYS": str(guarded.keys)})
    try:
        await supervisor.start([MODULE])

        async def answered() -> list[OfferAnswered]:
            return [each.message async for each in operator.history(OFFER_ANSWERED)]

        assert await eventually(answered, what="an answer") == [answer_to(offer, frozenset())]
    finally:
        await supervisor.stop()
        await operator.stop_views()
    logs = [path.read_text() for path in (tmp_path / "logs").iterdir()]
    assert not any("not permitted" in log for log in logs)


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(RESERVATION_STATUS.key(pnr="P").name, id="a version of a booking"),
        pytest.param(REQUEST_MADE.key(pnr="P", id="x").name, id="a customer's request"),
        pytest.param(BOOKING.key(pnr="P").name, id="a booking"),
        pytest.param(BOOKING_CHANGED.key(pnr="P", id="x").name, id="the booker's fact"),
        pytest.param(FLIGHT_STATUS.key(flight="B6.1.JFK.2013-02-08").name, id="a flight"),
        pytest.param("$JS.API.CONSUMER.CREATE.LEDGER.booker", id="another's consumer"),
        pytest.param("$JS.API.DIRECT.GET.NOTICES", id="letters"),
    ],
)
async def test_with_its_key_it_may_publish_nothing_else(guarded: Guarded, subject: str) -> None:
    async with guarded.as_("airline") as (nc, refused):
        await nc.publish(subject, b"{}")
        await nc.flush()
        await eventually(lambda: refused, what="a refusal")
        assert refused[0] == f"not permitted to publish to {shown(subject)}".lower()

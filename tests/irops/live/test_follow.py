"""Following a running system."""

from datetime import timedelta

from nats.aio.client import Client
from nats.aio.msg import Msg

from bus import Bus
from bus.clock import wall
from contracts.flights import FLIGHT_STATUS
from irops.live.follow import Follow
from irops.live.tally import Tally
from tests.irops.live.frames import status
from tests.support import eventually


async def publish(bus: Bus, *numbers: int) -> None:
    for number in numbers:
        await bus.append(FLIGHT_STATUS.of(status(number)), identity=f"status {number}")


async def test_watching_asks_the_server_for_nothing_once_it_has_started(bus: Bus, nc: Client) -> None:
    """Every message arrives by the consumers; a question would make the server count pending messages."""
    questions: list[str] = []

    async def note(msg: Msg) -> None:
        questions.append(msg.subject)

    follow = Follow(bus, Tally())
    await follow.start()
    spy = await nc.subscribe("$JS.API.>", cb=note)
    await publish(bus, *range(1, 51))
    await eventually(lambda: follow.tally.counts(wall()).statuses == 50, what="all statuses")
    await follow.ask()
    await spy.unsubscribe()
    assert questions == []
    await follow.stop()


async def test_messages_of_the_window_count_from_the_start(bus: Bus) -> None:
    """Those stored before it do not; a stream without messages is no obstacle."""
    await publish(bus, 1, 2)
    edge = wall()
    await publish(bus, 3)
    follow = Follow(bus, Tally(timedelta(hours=1)))
    await follow.start(since=edge)
    assert follow.tally.counts(wall()).statuses == 1
    await follow.stop()


async def test_without_agents_the_reports_are_empty(bus: Bus) -> None:
    """It is a state of the system, and no failure."""
    follow = Follow(bus, Tally())
    await follow.ask()
    assert follow.reports.agents == {}
    assert not follow.model.names

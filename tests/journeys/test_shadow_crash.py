"""The agent that feeds a shadow dies at each of its steps: nothing is missing in the shadow, and nothing there twice."""

from collections import ChainMap
from pathlib import Path

import pytest

from bus.failpoints import ACKED, ACKED_SOME, HEARD
from contracts.flights import FLIGHT_STATUS
from irops.processes.supervisor import Death, Supervisor
from irops.shadow.agent import COPIED
from tests.journeys.shadowing import copied
from tests.journeys.small_world import World
from tests.journeys.system import living

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("step", [f"{HEARD}:1", f"{COPIED}:1", f"{COPIED}:3", f"{ACKED_SOME}:1", f"{ACKED}:1"])
async def test_a_copier_that_dies_copies_everything_once(step: str, tmp_path: Path) -> None:
    """Three statuses are there when it starts; its first process dies at the step, the second one ends the work."""
    world = World()
    flights = [world.flight(number, leaves=3 * number) for number in (1, 2, 3)]
    deaths: list[int] = []
    async with (
        living(world, tmp_path / "live") as live,
        living(world, tmp_path / "shadow", shadow=True) as shadow,
    ):
        await live.hear(*(world.status(flight, minute=1) for flight in flights))
        own = {"NATS_URL": live.server.url, "IROPS_SHADOW_URL": shadow.server.url, "IROPS_ACK_WAIT_S": "1"}
        variables = ChainMap({"IROPS_FAILPOINT": step}, own)

        def died(death: Death) -> None:
            deaths.append(death.status)
            variables.maps[0] = {}

        supervisor = Supervisor(tmp_path / "logs", variables, died=died, pause=0.05)
        await supervisor.start(["irops.shadow"])
        try:
            await copied(live, shadow)
        finally:
            await supervisor.stop()
        found = [recorded.message.flight async for recorded in shadow.bus.history(FLIGHT_STATUS)]
    assert (found, deaths) == (flights, [-9])

"""A shadow in containers beside the live system: deploy/shadow.yaml."""

import pytest

from bus import Bus
from bus.wire.connection import close, connect
from contracts.flights import FLIGHT_STATUS
from contracts.names import Id
from tests.containers.composed import Composed
from tests.support import eventually

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]


async def statuses(system: Composed) -> set[Id]:
    """The ids of all statuses in the system's feed."""
    nc = await connect(f"nats://127.0.0.1:{system.port}", name="test")
    try:
        return {recorded.id async for recorded in Bus(nc, source="test").history(FLIGHT_STATUS)}
    finally:
        await close(nc)


@pytest.mark.usefixtures("replayed")
async def test_the_shadow_has_every_status_of_the_live_feed(system: Composed, shadow: Composed) -> None:
    """Under the ids that they have there; and the command says what it is."""
    live = await statuses(system)
    assert live

    async def copied() -> bool:
        return await statuses(shadow) == live

    await eventually(copied, what=f"{len(live)} statuses in the shadow", within=60)
    assert shadow("run", "--rm", "-T", "irops", "shadow").startswith("a shadow since")

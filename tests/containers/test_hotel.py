"""An agent of one's own as a container beside the system of compose.yaml, on the image of that system."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container

from bus import Bus
from bus.wire.connection import close, connect
from contracts.ledger import BOOKING_STRANDED
from examples.hotel.contract import VOUCHER
from tests.containers.composed import Composed
from tests.support import eventually

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]

HOTEL = Path(__file__).parents[2] / "examples" / "hotel"
IMAGE = "irops:test-hotel"


@pytest.fixture
def hotel(engine: docker.DockerClient, system: Composed) -> Iterator[Container]:
    """Built, its stream provisioned by the command in its own image, and started with no rights it does not need."""
    build = ["docker", "build", "--build-arg", "IROPS=irops:test", "-t", IMAGE, str(HOTEL)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    network, environment = f"{system.project}_default", {"NATS_URL": "nats://nats:4222"}
    provision = ["irops", "provision", "--also", "examples.hotel"]
    engine.containers.run(IMAGE, provision, remove=True, network=network, environment=environment)
    container = engine.containers.run(
        IMAGE,
        detach=True,
        init=True,
        read_only=True,
        cap_drop=["ALL"],
        network=network,
        environment=environment,
    )
    yield container
    container.remove(force=True)


@pytest.mark.usefixtures("replayed")
async def test_the_stranded_of_the_storm_have_a_voucher_each(system: Composed, hotel: Container) -> None:
    """The agent reads the stream from its beginning: one voucher for a party and a night. SIGTERM ends it with status 0."""
    nc = await connect(f"nats://127.0.0.1:{system.port}", name="test")
    try:
        bus = Bus(nc, source="test")
        stranded = {recorded.message.pnr async for recorded in bus.history(BOOKING_STRANDED)}

        async def served() -> bool:
            return {recorded.message.pnr async for recorded in bus.history(VOUCHER)} == stranded

        await eventually(served, what=f"vouchers for {len(stranded)} parties", within=60)
        vouchers = [recorded.message async for recorded in bus.history(VOUCHER)]
    finally:
        await close(nc)
    assert stranded
    assert len({(voucher.pnr, voucher.night) for voucher in vouchers}) == len(vouchers)
    began = time.monotonic()
    hotel.stop()
    hotel.reload()
    assert (hotel.attrs["State"]["ExitCode"], time.monotonic() - began < 10) == (0, True)

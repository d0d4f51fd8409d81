"""The writer with the real airports and templates, read once; and a clock that begins when the facts are decided."""

import pytest
from nats.aio.client import Client

from agents.notifier.adapters import load_airports, load_templates
from agents.notifier.domain import Letter, Writer
from bus.admin.provision import set_clock
from bus.clock import wall
from contracts.clock import Clock
from tests.agents.notifier.samples import DECIDED


@pytest.fixture
async def nc(nc: Client) -> Client:
    """A connection to a server whose event time begins at `DECIDED` and passes as the wall clock does."""
    await set_clock(nc, Clock(now=DECIDED, at=wall(), speed=1))
    return nc


@pytest.fixture(scope="session")
def writer() -> Writer:
    airports = load_airports()
    return Writer(airports, templates=load_templates(airports))


@pytest.fixture
def letter() -> Letter:
    return Letter(
        id="abcDEF_123-x",
        pnr="QX7K2M",
        to="ana@example.com",
        language="es",
        subject="Vuelo B6 1017 cancelado: su nuevo viaje está reservado",
        body="Hola:\n\nSu vuelo mañana, a las 8:00.\n",
        decided_at=DECIDED,
    )

"""The writer with the real airports and templates, read once."""

import pytest

from agents.notifier.adapters import load_places, load_templates
from agents.notifier.domain import Notice, Writer
from tests.agents.notifier.samples import DECIDED


@pytest.fixture(scope="session")
def writer() -> Writer:
    return Writer(load_places(), templates=load_templates())


@pytest.fixture
def notice() -> Notice:
    return Notice(
        id="abcDEF_123-x",
        to="ana@example.com",
        language="es",
        subject="Vuelo B6 1017 cancelado: su nuevo viaje está reservado",
        body="Hola:\n\nSu vuelo mañana, a las 8:00.\n",
        decided_at=DECIDED,
    )

"""The writer with the real airports and templates, read once."""

import pytest

from agents.notifier.adapters import load_airports, load_templates
from agents.notifier.domain import Letter, Writer
from tests.agents.notifier.samples import DECIDED


@pytest.fixture(scope="session")
def writer() -> Writer:
    airports = load_airports()
    return Writer(airports, templates=load_templates(airports))


@pytest.fixture
def letter() -> Letter:
    return Letter(
        id="abcDEF_123-x",
        to="ana@example.com",
        language="es",
        subject="Vuelo B6 1017 cancelado: su nuevo viaje está reservado",
        body="Hola:\n\nSu vuelo mañana, a las 8:00.\n",
        decided_at=DECIDED,
    )

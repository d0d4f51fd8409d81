"""The configured model, and a tally that is shown whatever becomes of the test."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from bus import Environment
from llm.client import Door
from llm.opening import open_door
from llm.settings import ModelSettings, model_settings
from tests.endpoint.asked import Tally


@pytest.fixture
def settings() -> ModelSettings:
    settings = model_settings(Environment(os.environ))
    if settings.base_url is None:
        pytest.skip("NO MODEL WAS ASKED: set IROPS_LLM_BASE_URL and IROPS_LLM_MODEL (docs/local-model.md)")
    return settings


@pytest.fixture
async def door(settings: ModelSettings) -> AsyncIterator[Door]:
    """A door to the configured endpoint."""
    door = open_door(settings)
    yield door
    await door.close()


@pytest.fixture
def tally(capsys: pytest.CaptureFixture[str]) -> Iterator[Tally]:
    tally = Tally()
    yield tally
    with capsys.disabled():
        print(tally)  # noqa: T201  what a model can't do is shown, not hidden

"""The configured model, and a tally that is shown whether or not the test passes."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from bus import Environment
from llm import ModelClient, ModelSettings, model_settings, open_client
from tests.endpoint.asked import Tally


@pytest.fixture
def settings() -> ModelSettings:
    settings = model_settings(Environment(os.environ))
    if settings.base_url is None:
        pytest.skip("NO MODEL WAS ASKED: set IROPS_LLM_BASE_URL and IROPS_LLM_MODEL (docs/local-model.md)")
    return settings


@pytest.fixture
async def client(settings: ModelSettings) -> AsyncIterator[ModelClient]:
    """A client of the configured endpoint."""
    client = open_client(settings)
    yield client
    await client.close()


@pytest.fixture
def tally(capsys: pytest.CaptureFixture[str]) -> Iterator[Tally]:
    tally = Tally()
    yield tally
    with capsys.disabled():
        print(tally)  # noqa: T201  shows what the model cannot do

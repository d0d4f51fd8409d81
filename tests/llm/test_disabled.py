"""Running without an endpoint."""

import subprocess
import sys
from pathlib import Path

import pytest

from llm import Disabled, ModelSettings, NoAnswer, open_client
from tests.llm.clients import SOON, WEDDING, Wish

ROOT = Path(__file__).parents[2]


async def test_without_an_endpoint_every_question_fails_as_off() -> None:
    """At once, and counted."""
    client = open_client(ModelSettings())
    assert isinstance(client, Disabled)
    for asking in (client.ask(WEDDING, Wish, deadline=SOON), client.with_tools(WEDDING, [], deadline=SOON)):
        with pytest.raises(NoAnswer, match=r"^off$"):
            await asking
    with pytest.raises(NoAnswer, match=r"^off$"):
        async with client.stream(WEDDING, deadline=SOON):
            pass
    await client.close()
    assert client.stats()["failures"] == {"off": 3}


def test_without_an_endpoint_no_language_model_library_is_loaded() -> None:
    """They take seconds to load."""
    code = """
import sys
import agents.planner.agent, agents.planner.config
from llm import open_client
from llm import model_settings
from bus import Environment
open_client(model_settings(Environment({})))
heavy = {"langgraph", "langchain_core", "langchain_openai", "langsmith", "openai", "httpx", "httpx2", "pydantic"}
print(*sorted(heavy & sys.modules.keys()), end="")
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=50, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr

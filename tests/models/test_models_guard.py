"""No test asks any model but a scripted one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFTEST = """
pytest_plugins = ("tests.models.guard",)
"""
TESTS = """
import os
import httpx, httpx2, pytest

@pytest.mark.parametrize("module", [httpx, httpx2])
def test_plain(module):
    try:
        module.get("http://127.0.0.1:9/v1")
    except Exception:
        pass

@pytest.mark.parametrize("module", [httpx, httpx2])
async def test_async(module):
    try:
        async with module.AsyncClient() as client:
            await client.get("http://127.0.0.1:9/v1")
    except Exception:
        pass

def test_environment():
    assert not [name for name in os.environ if name.startswith(("IROPS_LLM_", "OPENAI_", "LANGSMITH_"))]

@pytest.mark.llm
def test_llm():
    assert os.environ["IROPS_LLM_MODEL"] == "big"
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of tests that would ask another model."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_guarded.py").write_text(TESTS)
    options = f"-vv -m= -p no:randomly -p no:cacheprovider -c {ROOT / 'pyproject.toml'} --rootdir={folder}"
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options.split(), str(folder)],
        cwd=ROOT,
        env={**os.environ, "IROPS_LLM_MODEL": "big", "OPENAI_API_KEY": "x", "LANGSMITH_TRACING": "true"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    return ended.stdout


@pytest.mark.parametrize(
    "test", [f"test_{kind}[{module}]" for kind in ("plain", "async") for module in ("httpx", "httpx2")]
)
def test_a_request_to_any_other_address_fails_its_test(test: str, outcome: str) -> None:
    """Even where the test swallows what the request raised; in both versions of httpx."""
    assert f"::{test} ERROR" in outcome
    assert "AssertionError: HTTP requests to what is no scripted model" in outcome


def test_a_configured_endpoint_is_out_of_reach_of_tests(outcome: str) -> None:
    """The environment that a test and its processes see names none."""
    assert "::test_environment PASSED" in outcome


def test_tests_of_a_real_model_are_let_through(outcome: str) -> None:
    """They are marked, and run only when asked for."""
    assert "::test_llm PASSED" in outcome

"""Tests ask scripted models only."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFTEST = """
pytest_plugins = ("tests.llm.guard",)
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


def test_a_test_that_asks_any_other_model_fails(tmp_path: Path) -> None:
    """Even if it catches the exception, and in both versions of httpx. Its environment names no endpoint. A test of a real
    model may connect."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_guarded.py").write_text(TESTS)
    options = f"-vv -m= -p no:randomly -p no:cacheprovider -c {ROOT / 'pyproject.toml'} --rootdir={tmp_path}"
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options.split(), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "IROPS_LLM_MODEL": "big", "OPENAI_API_KEY": "x", "LANGSMITH_TRACING": "true"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    outcomes = dict(
        re.findall(r"::(test_\S+) (\w+) +\[", ended.stdout)
    )  # the last outcome of each is its teardown's, if that failed
    asking = [f"test_{kind}[{module}]" for kind in ("plain", "async") for module in ("httpx", "httpx2")]
    assert outcomes == {**dict.fromkeys(asking, "ERROR"), "test_environment": "PASSED", "test_llm": "PASSED"}
    assert ended.stdout.count("AssertionError: HTTP requests to what is not a scripted model") >= len(asking)

"""Which model is asked, as the environment says."""

from datetime import timedelta
from pathlib import Path

import pytest

from bus import Environment
from llm import ModelSettings, model_settings

URL = "http://127.0.0.1:8080/v1"


def _settings(**variables: str) -> ModelSettings:
    return model_settings(Environment({f"IROPS_LLM_{name}": value for name, value in variables.items()}))


def test_an_empty_environment_has_no_model() -> None:
    """A normal way to run."""
    assert _settings() == ModelSettings()
    assert _settings().base_url is None


def test_set_but_empty_is_no_model_either() -> None:
    """As compose files have it."""
    assert _settings(BASE_URL="", MODEL="", API_KEY="", API_KEY_FILE="") == ModelSettings()


def test_every_setting_is_read() -> None:
    """In its unit."""
    assert _settings(
        BASE_URL=URL,
        MODEL="small",
        API_KEY="sesame",
        DEADLINE_S="2.5",
        CONCURRENCY="3",
        MAX_TOKENS="100",
        TEMPERATURE="0.5",
        USD_PER_MTOK_IN="1.5",
        USD_PER_MTOK_OUT="6",
        BREAKER_FAILURES="9",
        BREAKER_PAUSE_S="60",
    ) == ModelSettings(
        base_url=URL,
        model="small",
        api_key="sesame",
        deadline=timedelta(seconds=2.5),
        concurrency=3,
        max_tokens=100,
        temperature=0.5,
        usd_per_mtok_in=1.5,
        usd_per_mtok_out=6.0,
        breaker_failures=9,
        breaker_pause=timedelta(minutes=1),
    )


def test_an_empty_temperature_is_the_endpoints_own() -> None:
    """It is not sent then."""
    assert _settings(TEMPERATURE="").temperature is None


def test_the_key_may_stand_in_a_file(tmp_path: Path) -> None:
    """As secrets are given to containers; the end of its line is not part of it."""
    (tmp_path / "key").write_text("sesame\n")
    assert _settings(API_KEY_FILE=str(tmp_path / "key")).api_key == "sesame"


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("BASE_URL", "ftp://127.0.0.1/v1", "is 'ftp://...': wanted an address such as http://127.0.0.1:8080/v1"),
        ("BASE_URL", "127.0.0.1:8080", "is without a scheme: wanted an address"),
        ("BASE_URL", "http://me:secret@127.0.0.1/v1", "is 'http://...': wanted an address"),
        ("BASE_URL", "http://127.0.0.1/v1?key=secret", "is 'http://...': wanted an address"),
        ("BASE_URL", "http://127.0.0.1:99999/v1", "is 'http://...': wanted an address"),
        ("DEADLINE_S", "0", "is '0': wanted a number of seconds from 0.05 to 600"),
        ("CONCURRENCY", "0", "is '0': wanted a whole number from 1 to 1000"),
        ("TEMPERATURE", "warm", "is 'warm': wanted a number from 0 to 2"),
        ("TEMPERATURE", "nan", "is 'nan': wanted a number from 0 to 2"),
        ("API_KEY", "se same", "is not shown here: wanted a key in printable ASCII"),
        ("API_KEY", "sésame", "is not shown here: wanted a key in printable ASCII"),
        ("API_KEY_FILE", "/nowhere/secret", "is not shown here: wanted a readable file"),
    ],
)
def test_a_bad_value_is_named_with_what_is_wanted(name: str, value: str, complaint: str) -> None:
    """And shows no more of a secret than its key's name."""
    with pytest.raises(ValueError, match=f"^IROPS_LLM_{name} ") as complained:
        _settings(**{name: value})
    assert complaint in str(complained.value)
    assert "secret" not in str(complained.value)


def test_an_address_without_a_model_is_a_complaint() -> None:
    """Whoever set one wants to be told."""
    with pytest.raises(ValueError, match=r"^IROPS_LLM_MODEL is '': wanted the model's name"):
        _settings(BASE_URL=URL)


def test_an_empty_file_is_no_key(tmp_path: Path) -> None:
    """As an empty variable is: a secret that is always mounted may have nothing in it, for many a local model wants no key."""
    (tmp_path / "key").write_text("\n")
    assert _settings(API_KEY_FILE=str(tmp_path / "key")).api_key == ""


@pytest.mark.parametrize("content", ["two\nlines", "a b", "schlüssel"], ids=["lines", "words", "letters"])
def test_a_file_without_a_key_is_a_complaint(content: str, tmp_path: Path) -> None:
    """It shows nothing of the file."""
    (tmp_path / "key").write_text(content)
    with pytest.raises(ValueError, match=r"^IROPS_LLM_API_KEY_FILE is not shown here: wanted a readable file"):
        _settings(API_KEY_FILE=str(tmp_path / "key"))


def test_two_keys_are_one_too_many(tmp_path: Path) -> None:
    """Which one is meant nobody can tell."""
    (tmp_path / "key").write_text("sesame")
    with pytest.raises(
        ValueError, match=r"^IROPS_LLM_API_KEY is not shown here: wanted nothing, as IROPS_LLM_API_KEY_FILE is set"
    ):
        _settings(API_KEY="other", API_KEY_FILE=str(tmp_path / "key"))

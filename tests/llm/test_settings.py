"""The settings of the model, from the environment."""

from datetime import timedelta
from pathlib import Path

import pytest

from bus import Environment
from llm import ModelSettings, model_settings

URL = "http://127.0.0.1:8080/v1"
AUTHORITY = Path(__file__).with_name("certificates") / "authority.pem"


def _settings(**variables: str) -> ModelSettings:
    return model_settings(Environment({f"IROPS_LLM_{name}": value for name, value in variables.items()}))


def test_without_variables_there_is_no_model() -> None:
    """The rules decide alone."""
    assert _settings() == ModelSettings()
    assert _settings().base_url is None


def test_empty_variables_mean_no_model() -> None:
    """Compose files set them so."""
    assert _settings(BASE_URL="", MODEL="", API_KEY="", API_KEY_FILE="", CA_FILE="") == ModelSettings()


def test_every_setting_is_read() -> None:
    """Each in its unit."""
    assert _settings(
        BASE_URL=URL,
        MODEL="small",
        API_KEY="sesame",
        CA_FILE=str(AUTHORITY),
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
        ca_file=AUTHORITY,
        deadline=timedelta(seconds=2.5),
        concurrency=3,
        max_tokens=100,
        temperature=0.5,
        usd_per_mtok_in=1.5,
        usd_per_mtok_out=6.0,
        breaker_failures=9,
        breaker_pause=timedelta(minutes=1),
    )


def test_an_empty_temperature_is_not_sent() -> None:
    """The endpoint's default applies."""
    assert _settings(TEMPERATURE="").temperature is None


def test_the_key_may_be_in_a_file(tmp_path: Path) -> None:
    """As container secrets are; the line end is not part of it."""
    (tmp_path / "key").write_text("sesame\n")
    assert _settings(API_KEY_FILE=str(tmp_path / "key")).api_key == "sesame"


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("CA_FILE", "/nowhere/ca.pem", "is '/nowhere/ca.pem': wanted a readable PEM file of certificates"),
        ("CA_FILE", __file__, "wanted a readable PEM file of certificates"),
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
def test_a_bad_value_is_reported_with_what_is_wanted(name: str, value: str, complaint: str) -> None:
    """Of a secret only the variable's name is shown."""
    with pytest.raises(ValueError, match=f"^IROPS_LLM_{name} ") as complained:
        _settings(**{name: value})
    assert complaint in str(complained.value)
    assert "secret" not in str(complained.value)


def test_an_address_without_a_model_is_an_error() -> None:
    """There is no usual model to fall back on."""
    with pytest.raises(ValueError, match=r"^IROPS_LLM_MODEL is '': wanted the model's name"):
        _settings(BASE_URL=URL)


def test_an_empty_file_means_no_key(tmp_path: Path) -> None:
    """A secret that is always mounted may be empty: many local models need no key."""
    (tmp_path / "key").write_text("\n")
    assert _settings(API_KEY_FILE=str(tmp_path / "key")).api_key == ""


@pytest.mark.parametrize("content", ["two\nlines", "a b", "schlüssel"], ids=["lines", "words", "letters"])
def test_a_file_without_a_key_is_an_error(content: str, tmp_path: Path) -> None:
    """The message shows nothing of the file."""
    (tmp_path / "key").write_text(content)
    with pytest.raises(ValueError, match=r"^IROPS_LLM_API_KEY_FILE is not shown here: wanted a readable file"):
        _settings(API_KEY_FILE=str(tmp_path / "key"))


def test_two_keys_are_an_error(tmp_path: Path) -> None:
    """It is unclear which one is meant."""
    (tmp_path / "key").write_text("sesame")
    with pytest.raises(
        ValueError, match=r"^IROPS_LLM_API_KEY is not shown here: wanted nothing, as IROPS_LLM_API_KEY_FILE is set"
    ):
        _settings(API_KEY="other", API_KEY_FILE=str(tmp_path / "key"))

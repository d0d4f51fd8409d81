"""Which model is asked, and within which limits. Without a base URL there is none, which is a normal way to run."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bus import Environment, bad_setting, require_extra, scheme_only

_EXAMPLE = "http://127.0.0.1:8080/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Defaults for all but where the model is and what it is called."""

    base_url: str | None = None
    """`IROPS_LLM_BASE_URL`: where the OpenAI-compatible API is, up to and with its `/v1`; absent or empty: no model."""
    model: str = ""
    """`IROPS_LLM_MODEL`: the model's name there; needed with a base URL."""
    api_key: str = field(default="", repr=False)
    """`IROPS_LLM_API_KEY`, or the one line of the file `IROPS_LLM_API_KEY_FILE`; absent or empty: the word `none`
    is sent, which endpoints without keys ignore."""
    deadline: timedelta = timedelta(seconds=10)
    """`IROPS_LLM_DEADLINE_S`, seconds of wall clock, 0.05 to 600: how long one answer may take, waiting for a slot and all
    retries included.

    Shorter: more is decided by rules alone. Longer: whoever's remark is read waits longer when the endpoint is in trouble."""
    concurrency: int = 8
    """`IROPS_LLM_CONCURRENCY`, 1 to 1000: how many calls are under way at once."""
    max_tokens: int = 2048
    """`IROPS_LLM_MAX_TOKENS`, 16 to 1,000,000: an answer is cut off there, thinking included, and is then no answer."""
    temperature: float | None = 0.0
    """`IROPS_LLM_TEMPERATURE`, 0 to 2; empty: the endpoint's own, for models that take no other."""
    usd_per_mtok_in: float = 0.0
    """`IROPS_LLM_USD_PER_MTOK_IN`: the price of a million prompt tokens, 0 to 1,000,000."""
    usd_per_mtok_out: float = 0.0
    """`IROPS_LLM_USD_PER_MTOK_OUT`: the price of a million tokens answered, 0 to 1,000,000."""
    breaker_failures: int = 5
    """`IROPS_LLM_BREAKER_FAILURES`, 1 to 1,000,000: after so many failures of the endpoint in a row nothing is asked..."""
    breaker_pause: timedelta = timedelta(seconds=10)
    """`IROPS_LLM_BREAKER_PAUSE_S`, seconds of wall clock, 0 to 3600: ...for so long; then one call tries it."""


def model_settings(environment: Environment) -> ModelSettings:
    """Raises `ValueError` naming the key, its value (of a URL its scheme, of an API key nothing) and what is wanted."""
    default = ModelSettings()
    base_url = environment.read(
        "IROPS_LLM_BASE_URL",
        default="",
        parse=_base_url,
        wanted=f"an address such as {_EXAMPLE}, without password, query or fragment",
        shown=scheme_only,
    )
    model = environment.read("IROPS_LLM_MODEL", default="", parse=str.strip, wanted="a model's name")
    if base_url:
        require_extra("IROPS_LLM_BASE_URL", extra="models", packages=("langchain_openai", "langgraph"))
    if base_url and not model:
        raise bad_setting("IROPS_LLM_MODEL", value=model, wanted="the model's name, for there is an IROPS_LLM_BASE_URL")
    return ModelSettings(
        base_url=base_url or None,
        model=model,
        api_key=_api_key(environment),
        deadline=environment.seconds("IROPS_LLM_DEADLINE_S", default=default.deadline, least=0.05, most=600),
        concurrency=environment.count("IROPS_LLM_CONCURRENCY", default=default.concurrency, least=1, most=1000),
        max_tokens=environment.count("IROPS_LLM_MAX_TOKENS", default=default.max_tokens, least=16),
        temperature=environment.read(
            "IROPS_LLM_TEMPERATURE", default=(default.temperature,), parse=_temperature, wanted="a number from 0 to 2"
        )[0],
        usd_per_mtok_in=environment.number("IROPS_LLM_USD_PER_MTOK_IN", default=default.usd_per_mtok_in),
        usd_per_mtok_out=environment.number("IROPS_LLM_USD_PER_MTOK_OUT", default=default.usd_per_mtok_out),
        breaker_failures=environment.count("IROPS_LLM_BREAKER_FAILURES", default=default.breaker_failures, least=1),
        breaker_pause=environment.seconds("IROPS_LLM_BREAKER_PAUSE_S", default=default.breaker_pause),
    )


def _base_url(value: str) -> str | None:
    if not value:
        return ""
    parts = urlsplit(value)
    sound = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    # A password in the address would be in every library's log of it.
    bare = parts.username is None and parts.password is None and not parts.query and not parts.fragment
    return value if sound and bare and value.isprintable() and " " not in value else None


def _temperature(value: str) -> tuple[float | None] | None:
    if not value:
        return (None,)
    return (float(value),) if 0 <= float(value) <= 2 else None


def _api_key(environment: Environment) -> str:
    given = environment.read(
        "IROPS_LLM_API_KEY",
        default="",
        parse=_key,
        wanted="a key in printable ASCII, or none",
        shown=_unshown,
    )
    filed = environment.read(
        "IROPS_LLM_API_KEY_FILE",
        default="",
        parse=_filed_key,
        wanted="a readable file with the key as its only line, or nothing",
        shown=_unshown,  # somebody may have put the key itself there
    )
    if given and filed:
        raise bad_setting(
            "IROPS_LLM_API_KEY", value=given, wanted="nothing, for there is an IROPS_LLM_API_KEY_FILE", shown=_unshown
        )
    return given or filed


def _unshown(_value: str) -> str:
    return "not shown here"


def _key(value: str) -> str | None:
    return value if value.isascii() and value.isprintable() and " " not in value else None


def _filed_key(value: str) -> str | None:
    if not value:
        return ""
    try:
        return _key(Path(value).read_text(encoding="ascii").strip())
    except OSError:
        return None

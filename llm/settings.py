"""Which model is asked, and within which limits. Without a base URL there is none, which is a normal way to run."""

import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bus import Environment, bad_setting, require_extra, scheme_only

_EXAMPLE = "http://127.0.0.1:8080/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Defaults for everything but the endpoint's address and the model's name."""

    base_url: str | None = None
    """`IROPS_LLM_BASE_URL`: the address of the OpenAI-compatible API, up to and including its `/v1`; absent or empty: no
    model."""
    model: str = ""
    """`IROPS_LLM_MODEL`: the model's name at the endpoint; required with a base URL."""
    api_key: str = field(default="", repr=False)
    """`IROPS_LLM_API_KEY`: the key, or instead `IROPS_LLM_API_KEY_FILE`, a file with the key as its only line; absent or empty:
    the word `none` is sent, which endpoints without keys ignore."""
    ca_file: Path | None = None
    """`IROPS_LLM_CA_FILE`: a PEM file with the certificates of the authorities to trust, for an endpoint with a private one;
    empty: the public authorities. With it, only those in the file are trusted."""
    deadline: timedelta = timedelta(seconds=10)
    """`IROPS_LLM_DEADLINE_S`, seconds of wall clock, 0.05 to 600: the time for one answer, including the wait for a slot
    and all retries.

    Shorter: more is decided by rules alone. Longer: parties whose remark is read wait longer while the endpoint is in
    trouble."""
    concurrency: int = 8
    """`IROPS_LLM_CONCURRENCY`, 1 to 1000: requests under way at once."""
    max_tokens: int = 2048
    """`IROPS_LLM_MAX_TOKENS`, 16 to 1,000,000: where an answer, thinking included, is cut off; a cut answer is not used."""
    temperature: float | None = 0.0
    """`IROPS_LLM_TEMPERATURE`, 0 to 2; empty: the endpoint's default. Not sent to a model that rejects it."""
    usd_per_mtok_in: float = 0.0
    """`IROPS_LLM_USD_PER_MTOK_IN`: US dollars for a million prompt tokens, 0 to 1,000,000."""
    usd_per_mtok_out: float = 0.0
    """`IROPS_LLM_USD_PER_MTOK_OUT`: US dollars for a million answer tokens, 0 to 1,000,000."""
    breaker_failures: int = 5
    """`IROPS_LLM_BREAKER_FAILURES`, 1 to 1,000,000: consecutive failures of the endpoint that open the circuit breaker. One
    that every question would meet, such as a wrong key, opens it at once."""
    breaker_pause: timedelta = timedelta(seconds=10)
    """`IROPS_LLM_BREAKER_PAUSE_S`, seconds of wall clock, 0 to 3600: how long an open breaker admits no request; then one is
    tried."""


def model_settings(environment: Environment) -> ModelSettings:
    """Raises `ValueError` naming the variable, its value (of a URL the scheme, of a key nothing) and what is wanted."""
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
        raise bad_setting("IROPS_LLM_MODEL", value=model, wanted="the model's name, as IROPS_LLM_BASE_URL is set")
    return ModelSettings(
        base_url=base_url or None,
        model=model,
        api_key=_api_key(environment),
        ca_file=environment.read(
            "IROPS_LLM_CA_FILE",
            default=(default.ca_file,),
            parse=_ca_file,
            wanted="a readable PEM file of certificates",
        )[0],
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
    # A password in the address would appear wherever a library logs the address.
    bare = parts.username is None and parts.password is None and not parts.query and not parts.fragment
    return value if sound and bare and value.isprintable() and " " not in value else None


def _ca_file(value: str) -> tuple[Path | None] | None:
    if not value:
        return (None,)
    try:
        ssl.create_default_context(cafile=value)
    except OSError:  # ssl.SSLError among them, for a file without certificates
        return None
    return (Path(value),)


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
    from_file = environment.read(
        "IROPS_LLM_API_KEY_FILE",
        default="",
        parse=_key_in_file,
        wanted="a readable file with the key as its only line, or nothing",
        shown=_unshown,  # it may be the key itself, set by mistake
    )
    if given and from_file:
        raise bad_setting(
            "IROPS_LLM_API_KEY", value=given, wanted="nothing, as IROPS_LLM_API_KEY_FILE is set", shown=_unshown
        )
    return given or from_file


def _unshown(_value: str) -> str:
    return "not shown here"


def _key(value: str) -> str | None:
    return value if value.isascii() and value.isprintable() and " " not in value else None


def _key_in_file(value: str) -> str | None:
    if not value:
        return ""
    try:
        return _key(Path(value).read_text(encoding="ascii").strip())
    except OSError:
        return None

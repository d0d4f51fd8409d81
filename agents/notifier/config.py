"""All that can be set about the notifier. The only reader of its environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Literal, cast

PREFIX = "IROPS_NOTIFIER_"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_SEPARATOR = re.compile(r",\s*(?=[A-Za-z][A-Za-z0-9+.-]*://)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Channels are tried in the order of `apprise_urls`, then the Maildir."""

    nats_url: str = field(default="nats://127.0.0.1:4222", repr=False)
    """NATS_URL: the server. It may hold a password, so it is never printed."""
    log: Literal["json", "console"] = "console"
    """IROPS_LOG: how log lines look; `json` in containers."""
    maildir: Path | None = Path(".irops/maildir")
    """IROPS_NOTIFIER_MAILDIR: the folder messages are written to, made if missing; set but empty: no Maildir."""
    durable: bool = False
    """IROPS_NOTIFIER_DURABLE, true or false: wait for the disk at every file in the Maildir (0.6 to 9 ms each)."""
    apprise_urls: tuple[str, ...] = field(default=(), repr=False)
    """IROPS_NOTIFIER_APPRISE, separated by commas, then those of the file IROPS_NOTIFIER_APPRISE_FILE, one a line, `#` for
    comments. They hold passwords, so they are never printed."""
    sender: str = "Travel notices <notices@irops.example>"
    """IROPS_NOTIFIER_SENDER: the From of e-mails, `Name <a@b>` or `a@b`, ASCII; Message-IDs use its domain."""
    retries: int = 2
    """IROPS_NOTIFIER_RETRIES: how often a channel that failed is tried again before the next one is; 0 or more."""
    pause: timedelta = timedelta(seconds=1)
    """IROPS_NOTIFIER_PAUSE_S, in seconds: the wait before each retry; 0 or more."""


def from_environment(env: Mapping[str, str]) -> Config:
    """The configuration these variables make. Raises ValueError naming key, value (of a URL its scheme) and form wanted."""
    default = Config()
    maildir = env.get(PREFIX + "MAILDIR", str(default.maildir))
    config = Config(
        nats_url=env.get("NATS_URL", default.nats_url),
        log=_log(env.get("IROPS_LOG", default.log)),
        maildir=Path(maildir) if maildir else None,
        durable=_bool(PREFIX + "DURABLE", env.get(PREFIX + "DURABLE", "false")),
        apprise_urls=_urls(env),
        sender=_sender(env.get(PREFIX + "SENDER", default.sender)),
        retries=_retries(env.get(PREFIX + "RETRIES", str(default.retries))),
        pause=_seconds(PREFIX + "PAUSE_S", env.get(PREFIX + "PAUSE_S", str(default.pause.total_seconds()))),
    )
    if config.maildir is None and not config.apprise_urls:
        raise ValueError(f"{PREFIX}MAILDIR is '' and {PREFIX}APPRISE is not set: wanted at least one channel")
    return config


def _bad(key: str, value: str, wanted: str) -> ValueError:
    return ValueError(f"{key} is {value!r}: wanted {wanted}")


def _log(value: str) -> Literal["json", "console"]:
    if value not in ("json", "console"):
        raise _bad("IROPS_LOG", value, "json or console")
    return cast(Literal["json", "console"], value)


def _bool(key: str, value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise _bad(key, value, "true or false")
    return value.lower() == "true"


def _retries(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", value):
        raise _bad(PREFIX + "RETRIES", value, "a whole number, 0 or more")
    return int(value)


def _seconds(key: str, value: str) -> timedelta:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", value):
        raise _bad(key, value, "seconds, a number of 0 or more")
    return timedelta(seconds=float(value))


def _sender(value: str) -> str:
    name, address = parseaddr(value)
    plain = value.isascii() and value.isprintable() and value in (address, f"{name} <{address}>")
    if not plain or not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address):
        raise _bad(PREFIX + "SENDER", value, "an e-mail address in ASCII: Name <a@b> or a@b")
    return value


def _urls(env: Mapping[str, str]) -> tuple[str, ...]:
    # Only a comma before a new scheme separates: Apprise URLs have commas of their own.
    urls = _SEPARATOR.split(env.get(PREFIX + "APPRISE", "").strip())
    key = PREFIX + "APPRISE"
    file = env.get(PREFIX + "APPRISE_FILE", "")
    if file:
        try:
            lines = Path(file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise _bad(PREFIX + "APPRISE_FILE", file, "a readable text file with one Apprise URL a line") from error
        urls += [line.strip() for line in lines if not line.strip().startswith("#")]
    for url in urls:
        if url and not _URL.fullmatch(url):
            raise _bad(key, f"{url.partition('://')[0][:12]}...", "Apprise URLs, scheme://..., separated by commas")
    return tuple(url for url in urls if url)

"""The notifier's settings. Nothing else in it reads the environment."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path

from agents.notifier.domain import LANGUAGES, LetterLanguage
from bus import Environment, bad_setting, require_extra, scheme_only

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_SEPARATOR = re.compile(r",\s*(?=[A-Za-z][A-Za-z0-9+.-]*://)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """The channels are tried in this order: `apprise_urls` as given, then the Maildir."""

    maildir: Path | None = Path(".irops/maildir")
    """IROPS_NOTIFIER_MAILDIR: the folder that letters are written to, created if missing; set but empty: no Maildir."""
    durable: bool = False
    """IROPS_NOTIFIER_DURABLE, true or false: wait until the disk has each file of the Maildir (0.6 to 9 ms each)."""
    apprise_urls: tuple[str, ...] = field(default=(), repr=False)
    """IROPS_NOTIFIER_APPRISE: Apprise URLs separated by commas. The URLs of the file IROPS_NOTIFIER_APPRISE_FILE (one a line,
    `#` for comments) come after them. URLs contain passwords, so they are never printed."""
    sender: str = "Travel notices <notices@irops.example>"
    """IROPS_NOTIFIER_SENDER: the From of e-mails, `Name <a@b>` or `a@b`, ASCII; Message-IDs use its domain."""
    language: LetterLanguage = "en"
    """IROPS_NOTIFIER_LANGUAGE, en, es or fr: the language of a letter to a party whose own is not known, or has no letters."""
    retries: int = 2
    """IROPS_NOTIFIER_RETRIES: retries of a failed channel before the next channel; 0 to 1,000,000."""
    pause: timedelta = timedelta(seconds=1)
    """IROPS_NOTIFIER_PAUSE_S, seconds, 0 to 3600: the wait before each retry."""
    again: timedelta = timedelta(seconds=30)
    """IROPS_NOTIFIER_AGAIN_S, seconds, 0.1 to 3600: the wait before a notice that no channel took is tried again, the first
    time. Each further wait is twice as long: the larger, the later a letter comes after a short outage."""
    longest_wait: timedelta = timedelta(minutes=30)
    """IROPS_NOTIFIER_LONGEST_WAIT_S, seconds, 0.1 to 86400: the longest such wait. The smaller, the more attempts in a long
    outage, and the sooner all letters have come after it."""


def from_environment(variables: Mapping[str, str]) -> Config:
    """Read the settings; defaults for absent keys.

    Raises ValueError with the key, its value (of a URL its scheme) and what is wanted.
    """
    environment, default = Environment(variables), Config()
    maildir = variables.get("IROPS_NOTIFIER_MAILDIR", str(default.maildir))
    listed = environment.read(
        "IROPS_NOTIFIER_APPRISE",
        default=default.apprise_urls,
        parse=_listed,
        wanted="Apprise URLs, scheme://..., separated by commas",
        shown=scheme_only,
    )
    filed = environment.read(
        "IROPS_NOTIFIER_APPRISE_FILE",
        default=default.apprise_urls,
        parse=_filed,
        wanted="a readable text file with one Apprise URL a line",
    )
    if listed + filed:
        key = "IROPS_NOTIFIER_APPRISE" if listed else "IROPS_NOTIFIER_APPRISE_FILE"
        require_extra(key, extra="channels", packages=("apprise",))
    config = Config(
        maildir=Path(maildir) if maildir else None,
        durable=environment.flag("IROPS_NOTIFIER_DURABLE", default=default.durable),
        apprise_urls=listed + filed,
        sender=environment.read(
            "IROPS_NOTIFIER_SENDER",
            default=default.sender,
            parse=_sender,
            wanted="an e-mail address in ASCII: Name <a@b> or a@b",
        ),
        language=environment.read(
            "IROPS_NOTIFIER_LANGUAGE",
            default=default.language,
            parse=lambda value: next((language for language in LANGUAGES if language == value), None),
            wanted="a language in which there are letters: en, es or fr",
        ),
        retries=environment.count("IROPS_NOTIFIER_RETRIES", default=default.retries),
        pause=environment.seconds("IROPS_NOTIFIER_PAUSE_S", default=default.pause),
        again=environment.seconds("IROPS_NOTIFIER_AGAIN_S", default=default.again, least=0.1),
        longest_wait=environment.seconds(
            "IROPS_NOTIFIER_LONGEST_WAIT_S", default=default.longest_wait, least=0.1, most=86_400
        ),
    )
    if config.maildir is None and not config.apprise_urls:
        raise bad_setting(
            "IROPS_NOTIFIER_MAILDIR", value="", wanted="at least one channel: a folder, or IROPS_NOTIFIER_APPRISE"
        )
    return config


def _listed(value: str) -> tuple[str, ...] | None:
    # Only a comma before a scheme is a separator: Apprise URLs may contain commas.
    return _urls(_SEPARATOR.split(value.strip()))


def _filed(value: str) -> tuple[str, ...] | None:
    if not value:
        return ()
    try:
        lines = Path(value).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return _urls(line.strip() for line in lines if not line.strip().startswith("#"))


def _urls(candidates: Iterable[str]) -> tuple[str, ...] | None:
    urls = tuple(candidate for candidate in candidates if candidate)
    return urls if all(map(_URL.fullmatch, urls)) else None


def _sender(value: str) -> str | None:
    name, address = parseaddr(value)
    plain = value.isascii() and value.isprintable() and value in (address, f"{name} <{address}>")
    return value if plain and re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address) else None

"""An Apprise URL filled in for one letter, so that Apprise reads in it what was written.

`{to}`, `{id}` and `{language}` in the URL are placeholders: `mailtos://user:password@example.com?to={to}`, or
`jsons://example.com/hook?:to={to}&:id={id}` with both as JSON fields. A URL without `{to}` goes to the recipient it names.

An Apprise URL is a small language, and services read more into an address than it says: the e-mail service takes
`o'neil@example.org` for a person called `o` with the address `neil@example.org`. So every value is quoted, an e-mail recipient
is set without being parsed, and the result is checked by the URL that Apprise builds from what it has understood.
"""

import re
from typing import Literal, Protocol, cast
from urllib.parse import quote, unquote

from apprise import Apprise, NotifyBase

_PLACEHOLDER = re.compile(r"\{(to|id|language)\}")
_STAND_IN = "recipient@irops.invalid"
"""An address that every service reads literally, and that cannot exist (RFC 6761)."""


class Misread(ValueError):
    """Apprise reads another recipient in the URL than the one filled in."""


class _Mail(Protocol):
    """What `mailto` and `mailtos` services have."""

    targets: list[tuple[str | Literal[False], str]]
    """Display name and address of each recipient."""
    cc: set[str]
    bcc: set[str]


def is_personal(url: str) -> bool:
    """Whether the URL has to be filled in for each letter."""
    return _PLACEHOLDER.search(url) is not None


def service_for(url: str, *, to: str = _STAND_IN, id_: str = "x", language: str = "en") -> NotifyBase:
    """Get Apprise's service for the URL with its placeholders filled in; by default with examples.

    `to` is an address as `contracts.contacts.deliverable` returns it. Raises ValueError if Apprise knows no service for the
    URL, Misread (one of them) if the service does not write to `to` though the URL has a `{to}`. The text has no secrets.
    """
    scheme = url.partition("://")[0]
    is_mail = scheme.lower() in ("mailto", "mailtos")
    service = Apprise.instantiate(_fill(url, to=_STAND_IN if is_mail else to, id_=id_, language=language))
    if service is None:
        raise ValueError(f"Apprise knows no service for this {scheme}:// URL (see its documentation of that scheme)")
    recipients = _readdress(cast(_Mail, service), to) if is_mail else _understood(service)
    if "{to}" in url and to not in recipients:
        raise Misread(f"Apprise reads another recipient in this {scheme}:// URL than the address in {{to}}")
    return service


def _readdress(mail: _Mail, to: str) -> set[str]:
    """Put the address where the stand-in is. Returns all recipients."""
    mail.targets = [(name, to if address == _STAND_IN else address) for name, address in mail.targets]
    mail.cc, mail.bcc = ({to if address == _STAND_IN else address for address in copy} for copy in (mail.cc, mail.bcc))
    return {address for _, address in mail.targets} | mail.cc | mail.bcc


def _understood(service: NotifyBase) -> str:
    url: str = service.url(privacy=False)  # type: ignore[no-untyped-call]
    return unquote(url)


def _fill(url: str, *, to: str, id_: str, language: str) -> str:
    values = {"to": to, "id": id_, "language": language}
    # In one pass, because an address may contain braces.
    return _PLACEHOLDER.sub(lambda match: quote(values[match[1]], safe="@"), url)

"""Any of the services Apprise reaches, by URL: e-mail, text message, push, a webhook of one's own.

At least once: after a crash a message may go out again, so its last line carries the fact's id, and a receiver that
must not see it twice can tell. `{to}`, `{id}` and `{language}` in the URL are filled for each message:
`mailtos://user:password@example.com?to={to}`, or `jsons://example.com/hook?:to={to}&:id={id}` with both as JSON fields.
A URL without `{to}` goes to whomever it names.
"""

import asyncio
import logging
from urllib.parse import quote

from apprise import Apprise, NotifyFormat, NotifyType

from agents.notifier.adapters.letter import address
from agents.notifier.channels import ChannelError
from agents.notifier.domain import Notice

_AT_ONCE = 6
"""As many messages as asyncio has threads for on two cores; more would wait for a thread."""


class AppriseChannel:
    """One Apprise URL. `name` distinguishes two of the same scheme; by default it is the scheme, the only part fit for a log.

    Raises ValueError if Apprise does not know the URL. Apprise sends from its own threads; a service that limits its rate
    (e-mail: one message in four seconds) is slowed down there, and given one message at a time. Apprise's own log is held to
    warnings: below, it has contents.
    """

    def __init__(self, url: str, *, name: str = "") -> None:
        scheme = url.partition("://")[0]
        logging.getLogger("apprise").setLevel(logging.WARNING)
        self._url = url
        self._name = name or scheme
        self._personal = "{to}" in url or "{id}" in url or "{language}" in url
        example = _fill(url, to="nobody@example.com", id_="x", language="en")
        service = Apprise.instantiate(example)
        if service is None:
            raise ValueError(
                f"Apprise knows no service for this {scheme}:// URL (see its documentation of that scheme)"
            )
        self._service = None if self._personal else service
        self._turn = asyncio.Semaphore(1 if self._service and service.request_rate_per_sec else _AT_ONCE)

    @property
    def name(self) -> str:
        return self._name

    @property
    def turn(self) -> asyncio.Semaphore:
        return self._turn

    async def send(self, notice: Notice) -> None:
        """Returns when the service took it. Raises ChannelError; ChannelRefused if `{to}` is wanted and no address."""
        service = self._service
        if service is None:
            to = address(notice.to) if "{to}" in self._url else ""
            service = Apprise.instantiate(_fill(self._url, to=to, id_=notice.id, language=notice.language))
        apprise = Apprise()
        if service is None or not apprise.add(service):
            raise ChannelError(f"{self._name}: Apprise did not accept the URL filled in for this message")
        taken = await apprise.async_notify(
            title=notice.subject,
            body=f"{notice.body}\n[{notice.id}]",
            notify_type=NotifyType.INFO,
            body_format=NotifyFormat.TEXT,
        )
        if not taken:
            # Apprise's own words may quote the URL.
            raise ChannelError(f"{self._name}: the service could not be reached or did not take the message")


def _fill(url: str, *, to: str, id_: str, language: str) -> str:
    for key, value in (("{to}", to), ("{id}", id_), ("{language}", language)):
        url = url.replace(key, quote(value, safe="@"))
    return url

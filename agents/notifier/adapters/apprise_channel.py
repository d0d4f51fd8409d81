"""Any of the services Apprise reaches: e-mail, text message, push, a webhook of one's own.

Delivery is at least once: after a crash a letter may be sent again, so its last line is the fact's id, by which a receiver
recognises a repeat.
"""

import asyncio
import logging
import re

from apprise import Apprise, NotifyBase, NotifyFormat, NotifyType

from agents.notifier.adapters.apprise_url import Misread, is_personal, service_for
from agents.notifier.adapters.mail import address
from agents.notifier.channels import ChannelError, ChannelRefused
from agents.notifier.domain import Letter

_AT_ONCE = 6
"""As many letters as asyncio has threads for on two cores; more would wait for a thread."""
_ADDRESS = re.compile(r"\S*@\S*")


class AppriseChannel:
    """One Apprise URL. `name` distinguishes two of the same scheme; by default it is the scheme, the only part fit for a log.

    Raises ValueError as `service_for` does. Apprise sends from its own threads; a service that limits its rate (e-mail: one
    message in four seconds) is slowed down there, and given one letter at a time.
    """

    def __init__(self, url: str, *, name: str = "") -> None:
        _quieten_apprise()
        self._url = url
        self._name = name or url.partition("://")[0]
        example = service_for(url)
        self._service = None if is_personal(url) else example
        self._turn = asyncio.Semaphore(1 if self._service and example.request_rate_per_sec else _AT_ONCE)

    @property
    def name(self) -> str:
        return self._name

    @property
    def turn(self) -> asyncio.Semaphore:
        return self._turn

    async def send(self, letter: Letter) -> None:
        """Return when the service has taken the letter.

        Raises ChannelError if it did not; ChannelRefused if the URL has a `{to}` and the contact is no address, or none that
        this service reads as it is.
        """
        apprise = Apprise()
        apprise.add(self._service or self._service_for(letter))
        taken = await apprise.async_notify(
            title=letter.subject,
            body=f"{letter.body}\n[{letter.id}]",
            notify_type=NotifyType.INFO,
            body_format=NotifyFormat.TEXT,
        )
        if not taken:
            # Apprise's own words may quote the URL.
            raise ChannelError(f"{self._name}: the service could not be reached or did not take the letter")

    def _service_for(self, letter: Letter) -> NotifyBase:
        to = address(letter.to) if "{to}" in self._url else ""
        try:
            return service_for(self._url, to=to, id_=letter.id, language=letter.language)
        except Misread as error:
            raise ChannelRefused(f"{self._name}: {error}") from None
        except ValueError as error:
            raise ChannelError(f"{self._name}: {error}") from None


def _quieten_apprise() -> None:
    """Hold Apprise's log to warnings, for below them it has letters, and take addresses and passwords out of those."""
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.WARNING)
    logger.addFilter(_without_addresses)


def _without_addresses(record: logging.LogRecord) -> bool:
    record.msg, record.args = _ADDRESS.sub("<address>", record.getMessage()), ()
    return True

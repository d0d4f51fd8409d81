"""The outside world: what the streams hold about a party, files with airports and templates, the Maildir, and every service
that Apprise reaches."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from agents.notifier.adapters.airports import load_airports
from agents.notifier.adapters.history import History, Present, SeatsPresent, fact_id
from agents.notifier.adapters.mail import email
from agents.notifier.adapters.maildir import Maildir
from agents.notifier.adapters.templates import load_templates
from agents.notifier.channels import Channel

__all__ = [
    "History", "Maildir", "Present", "SeatsPresent", "email", "fact_id", "load_airports", "load_templates", "open_channels",
]  # fmt: skip


def open_channels(
    maildir: Path | None, *, sender: str, durable: bool = False, apprise_urls: Sequence[str] = ()
) -> tuple[Channel, ...]:
    """The channels in the order in which they are tried: the URLs as given, then the Maildir, if any.

    A URL's channel is named by its scheme, the second of the same scheme `json-2`. Raises ValueError for a URL that Apprise
    does not know, OSError if the Maildir can't be created.
    """
    channels: list[Channel] = []
    if apprise_urls:
        # Apprise and all its services take two seconds to import, so they are imported only if a URL needs them.
        from agents.notifier.adapters.apprise_channel import AppriseChannel  # noqa: PLC0415

        seen: Counter[str] = Counter()
        for url in apprise_urls:
            scheme = url.partition("://")[0].lower()
            seen[scheme] += 1
            channels.append(AppriseChannel(url, name=scheme if seen[scheme] == 1 else f"{scheme}-{seen[scheme]}"))
    if maildir is not None:
        channels.append(Maildir(maildir, sender=sender, durable=durable))
    return tuple(channels)

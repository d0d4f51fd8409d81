"""A letter as an e-mail (RFC 5322, RFC 2047 headers, UTF-8 body).

Written by hand around the standard library's header encoder: EmailMessage takes 0.9 ms for each e-mail, most of a notice's
budget; this takes a hundredth of it. A test parses every e-mail back with the standard library.
"""

from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache

from agents.notifier.channels import ChannelRefused
from agents.notifier.domain import Letter
from contracts.contacts import deliverable

_LINE = 998
"""Bytes in a line (RFC 5322, 2.1.1)."""


def address(contact: str) -> str:
    """The address that this contact stands for, fit for a header as it is. Raises ChannelRefused if it is none."""
    try:
        return deliverable(contact)
    except ValueError as error:
        raise ChannelRefused(f"the booking's contact {error}") from None


def email(letter: Letter, *, sender: str) -> bytes:
    """The e-mail's bytes, with LF line ends as files have them. `sender` is an address, `Name <a@b>` or `a@b`, in ASCII.

    Raises ChannelRefused if the contact is no e-mail address, or a line is too long.
    """
    domain = sender.rstrip(">").rpartition("@")[2]
    head = (
        f"From: {sender}\n"
        f"To: {address(letter.to)}\n"
        f"Subject: {_subject(letter.subject)}\n"
        f"Date: {_date(letter.decided_at)}\n"
        f"X-Irops-Booking: {letter.pnr}\n"
        f"Message-ID: <{letter.id}@{domain}>\n"
        "Auto-Submitted: auto-generated\n"  # RFC 3834: no out-of-office reply answers it
        "MIME-Version: 1.0\n"
        f"Content-Language: {letter.language}\n"
        'Content-Type: text/plain; charset="utf-8"\n'
        "Content-Transfer-Encoding: 8bit\n"
        "\n"
    )
    body = letter.body.encode()
    if len(body) > _LINE and any(len(line) > _LINE for line in body.split(b"\n")):
        raise ChannelRefused(f"a line of the letter is longer than {_LINE} bytes")
    return head.encode("ascii") + body


@lru_cache(maxsize=1 << 12)
def _subject(text: str) -> str:
    # Encoded also where a reader would take plain text for an encoded word, or would have to join a folded line.
    plain = text.isascii() and len(text) <= 64 and "=?" not in text
    return text if plain else Header(text, "utf-8", header_name="Subject").encode()


@lru_cache(maxsize=1 << 12)
def _date(instant: datetime) -> str:
    return format_datetime(instant)

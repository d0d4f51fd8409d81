"""What became of each notice. `id` is the id of the booking fact, or of the offer, that the notice is about; or of a notice of
other seats by number on a flight, which is about `seats.reassigned`, what `seats_notice` makes of that; or of one of what a
party is owed, the id of the `CareOwed`; or of one about a request, the request's.

A notice that no channel accepts is `NoticeFailed`, and is tried again until it is sent, superseded or pointless: those are
final, and a `NoticeFailed` beside one of them is history.
"""

from msgspec import Struct

from contracts.flights import Instant
from contracts.layouts import SeatNumber
from contracts.names import FlightKey, Id, Pnr
from contracts.requests import Movement
from contracts.subject import Ask, Subject

_SEATS = "seats"


def seats_notice(flight: FlightKey, n: int) -> Id:
    """The id of each party's notice about fact `n` of a flight: `seats-B6-1017-JFK-2013-02-08-3`."""
    return f"{_SEATS}-{flight.replace('.', '-')}-{n}"


def seats_notice_of(id_: Id) -> tuple[FlightKey, int] | None:
    """The flight and the number of the fact that a notice with this id is about; None if it is about a booking."""
    kind, *parts = id_.split("-")
    if kind != _SEATS or len(parts) != 7 or not parts[-1].isdigit():
        return None
    carrier, number, origin, *day, n = parts
    return f"{carrier}.{number}.{origin}.{'-'.join(day)}", int(n)


class RequestReported(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What a letter says of a request."""

    done: bool
    movements: tuple[Movement, ...] = ()
    """The money that moves, by instrument."""
    trips: dict[int, tuple[FlightKey, ...]] = {}
    """The flights that it shows as booked, by journey. One about which something has happened since is left to others."""
    seats: dict[FlightKey, tuple[SeatNumber, ...]] = {}
    """The seats by number that it shows on these."""


class NoticeSent(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A channel accepted the letter."""

    pnr: Pnr
    id: Id
    channel: str
    sent_at: Instant
    """Event time at which the channel accepted it."""
    covers: tuple[Id, ...] = ()
    """Earlier facts about the booking for which no letter was sent, oldest first: this letter reports them too."""
    confirms: bool = False
    """The letter says that the seats are confirmed."""
    care: Id = ""
    """Of the `CareOwed` whose package the letter has; empty: it says nothing of rights."""
    request: RequestReported | None = None
    """Of a letter about a request."""


class NoticeSuperseded(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """No letter was sent: a later fact about the journey exists, and its letter reports this one too; or the reservation system
    has changed or withdrawn the journey since, and writes about that itself.

    A redelivered fact may have both this outcome and an earlier `NoticeSent`; then the letter was sent.
    """

    pnr: Pnr
    id: Id
    at: Instant


class NoticePointless(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """No letter was sent: nothing in it lay ahead of its reader any more, whose flights had left or arrived. The next letter
    about the booking covers this fact. Or a request was refused to a party that has given up its booking: no address is
    kept of it."""

    pnr: Pnr
    id: Id
    at: Instant
    """Event time."""


class NoticeFailed(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """No channel accepted the letter at the last attempt. Each attempt that fails replaces the record of the one before."""

    pnr: Pnr
    id: Id
    tried: dict[str, str]
    """The last error of each channel."""
    at: Instant
    """Event time of the last attempt."""
    attempts: int = 1
    again_at: Instant | None = None
    """When it is tried again; None: not before the contact is corrected, since every channel has refused the letter."""


class ResendNotice(Struct, frozen=True, gc=False, kw_only=True):
    """Try once more, now, to send the letter that this notice is about. Its address is the booking's present one."""

    pnr: Pnr
    id: Id


class NoticeResent(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    channel: str = ""
    """The channel that accepted the letter; empty: none did, or there is no letter to be sent any more."""
    why: str = ""
    """Why there is no letter."""


NOTICE_SENT = Subject("notice.sent.{pnr}.{id}", NoticeSent, "NOTICES")
"""notifier -> anyone"""
NOTICE_SUPERSEDED = Subject("notice.superseded.{pnr}.{id}", NoticeSuperseded, "NOTICES")
"""notifier -> anyone"""
NOTICE_POINTLESS = Subject("notice.pointless.{pnr}.{id}", NoticePointless, "NOTICES")
"""notifier -> anyone"""
NOTICE_FAILED = Subject("notice.failed.{pnr}.{id}", NoticeFailed, "NOTICES")
"""notifier -> anyone"""
RESEND_NOTICE = Ask("notifier", "resend", ResendNotice, NoticeResent)
"""operator -> notifier"""

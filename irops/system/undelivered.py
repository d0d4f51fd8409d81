"""Notices that no channel has accepted so far."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bus import Bus
from contracts.names import Id, Pnr
from contracts.notices import NOTICE_FAILED, NOTICE_POINTLESS, NOTICE_SENT, NOTICE_SUPERSEDED, NoticeFailed
from contracts.subject import Key

_OUTCOMES = (NOTICE_SENT, NOTICE_SUPERSEDED, NOTICE_POINTLESS)
_AT_ONCE = 500
"""Notices looked up in one request."""


async def undelivered(bus: Bus) -> list[NoticeFailed]:
    """The last attempt at each notice that has no other outcome, in the order of these attempts. Raises
    `Unavailable`."""
    failed = [recorded.message async for recorded in bus.history(NOTICE_FAILED)]
    return [notice for some in _chunks(failed) for notice in await _without_outcome(bus, some)]


def in_words(notices: Sequence[NoticeFailed]) -> Iterator[str]:
    """One line about these, if there are any."""
    if notices:
        final = sum(notice.again_at is None for notice in notices)
        what = "1 notice is" if len(notices) == 1 else f"{len(notices)} notices are"
        yield f"{what} undelivered, of which {final} will not be tried again by themselves; see `irops notices`"


async def _without_outcome(bus: Bus, failed: Sequence[NoticeFailed]) -> list[NoticeFailed]:
    keys: dict[tuple[Pnr, Id], list[Key[Any]]] = {
        (n.pnr, n.id): [outcome.key(pnr=n.pnr, id=n.id) for outcome in _OUTCOMES] for n in failed
    }
    loaded = await bus.load(key for each in keys.values() for key in each)
    return [n for n in failed if not any(loaded[key] for key in keys[n.pnr, n.id])]


def _chunks(notices: Sequence[NoticeFailed]) -> Iterable[Sequence[NoticeFailed]]:
    return (notices[i : i + _AT_ONCE] for i in range(0, len(notices), _AT_ONCE))

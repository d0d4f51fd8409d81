"""A typed copy of state subjects in memory, updated continuously.

`keep` turns a message into what the agent needs of it, and the view holds nothing else. The views of one stream share a
`Mirror`: a commit shows in all of them at once, or in none.
"""

from collections.abc import Callable, ItemsView, Iterator
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import msgspec
from nats.aio.msg import Msg

from bus.logs import address, frames_of, get_logger
from bus.state.mirror import Mirror
from bus.wire.envelope import decoder, event_time, is_removal
from bus.wire.metadata import Metadata
from contracts.subject import Subject

M = TypeVar("M", bound=msgspec.Struct)
V = TypeVar("V")

log = get_logger("bus")


class Seen(msgspec.Struct, Generic[V], frozen=True, gc=False):
    """One entry of a view."""

    value: V
    revision: int
    written_at: datetime
    """Event time."""


class View(Generic[M, V]):
    """`view[name]` is the latest entry of that subject. `changed` is called with each changed name once its batch is applied;
    the value is None when the entry is gone."""

    def __init__(
        self,
        mirror: Mirror,
        subject: Subject[M],
        keep: Callable[[M, int, datetime], V | None],
        *,
        changed: Callable[[str, V | None], None] | None = None,
    ) -> None:
        self.subject = subject
        self._mirror = mirror
        self._keep = keep
        self._changed = changed
        self._decode = decoder(subject.message).decode
        self._entries: dict[str, Seen[V]] = {}
        mirror.add(self)

    # For agents.

    def __getitem__(self, name: str) -> Seen[V]:
        return self._entries[name]

    def get(self, name: str) -> Seen[V] | None:
        return self._entries.get(name)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def items(self) -> ItemsView[str, Seen[V]]:
        return self._entries.items()

    @property
    def sequence(self) -> int:
        """Every state of this subject up to this stream sequence is applied."""
        return self._mirror.sequence

    @property
    def lag(self) -> timedelta:
        """Wall-clock time since it was last proved current; an agent decides by it whether to act on the view."""
        return self._mirror.lag

    async def reach(self, sequence: int) -> None:
        """Returns once every state up to this stream sequence is applied, with all of the batch it belongs to.
        Raises `Unavailable`."""
        await self._mirror.reach(sequence)

    # For its mirror.

    def read(self, msg: Msg, metadata: Metadata) -> Seen[V] | None:
        """The entry for a message. A state that cannot be decoded or kept counts as absent: an older one in its place would
        be taken for current."""
        if is_removal(msg.headers):
            return None
        written_at = event_time(msg.headers, metadata.stored_at)
        try:
            kept = self._keep(self._decode(msg.data), metadata.sequence, written_at)
        except Exception as failure:
            subject = address(self.subject.pattern, msg.subject)
            log.error("state cannot be read", exception=frames_of(failure), subject=subject, sequence=metadata.sequence)
            return None
        return Seen(kept, metadata.sequence, written_at) if kept is not None else None

    def put(self, name: str, entry: Seen[V] | None) -> None:
        if entry is None:
            self._entries.pop(name, None)
        else:
            self._entries[name] = entry

    def notify(self, name: str, entry: Seen[V] | None) -> None:
        """An exception in `changed` does not keep the other entries from being notified."""
        if self._changed:
            try:
                self._changed(name, entry.value if entry else None)
            except Exception as failure:
                subject = address(self.subject.pattern, name)
                log.error("view's `changed` failed", exception=frames_of(failure), subject=subject)

"""A typed, continuously updated copy of state subjects, in memory.

`keep` turns a message into what the agent needs of it; a view holds nothing else. The views an agent has of one stream share
their `Mirror`: a commit is seen in all of them at once, or in none.
"""

from collections.abc import Callable, ItemsView, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import msgspec
from nats.aio.msg import Msg

from bus.logs import address, frames_of, get_logger
from bus.state.mirror import Mirror
from bus.wire.envelope import decoder, is_removal, said_at
from bus.wire.metadata import Metadata
from contracts.subject import Subject

M = TypeVar("M", bound=msgspec.Struct)
V = TypeVar("V")

log = get_logger("bus")


@dataclass(frozen=True, slots=True)
class Seen(Generic[V]):
    """What a view holds of one subject."""

    value: V
    revision: int
    written_at: datetime
    """By the time everyone goes by."""


class View(Generic[M, V]):
    """`view[name]` is the latest of that subject. `changed` is told each name after its batch is applied."""

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
        self._seen: dict[str, Seen[V]] = {}
        mirror.add(self)

    # What agents ask.

    def __getitem__(self, name: str) -> Seen[V]:
        return self._seen[name]

    def get(self, name: str) -> Seen[V] | None:
        return self._seen.get(name)

    def __len__(self) -> int:
        return len(self._seen)

    def __iter__(self) -> Iterator[str]:
        return iter(self._seen)

    def items(self) -> ItemsView[str, Seen[V]]:
        return self._seen.items()

    @property
    def sequence(self) -> int:
        """Every state of this subject up to this stream sequence is applied."""
        return self._mirror.sequence

    @property
    def lag(self) -> timedelta:
        """How long ago it was last proved current (wall clock). What a decision may rest on."""
        return self._mirror.lag

    async def reach(self, sequence: int) -> None:
        """Returns once every state up to this stream sequence is applied, and all of a batch that it is part of.
        Raises `Unavailable`."""
        await self._mirror.reach(sequence)

    # What its mirror asks.

    def read(self, msg: Msg, place: Metadata) -> Seen[V] | None:
        """A state that can't be read or kept counts as absent: an older one in its place would be taken for true."""
        if is_removal(msg.headers):
            return None
        written_at = said_at(msg.headers, place.stored_at)
        try:
            kept = self._keep(self._decode(msg.data), place.sequence, written_at)
        except Exception as failure:
            subject = address(self.subject.pattern, msg.subject)
            log.error("state cannot be read", exception=frames_of(failure), subject=subject, sequence=place.sequence)
            return None
        return Seen(kept, place.sequence, written_at) if kept is not None else None

    def put(self, name: str, seen: Seen[V] | None) -> None:
        if seen is None:
            self._seen.pop(name, None)
        else:
            self._seen[name] = seen

    def tell(self, name: str, seen: Seen[V] | None) -> None:
        """One bad entry must not keep the others from being told."""
        if self._changed:
            try:
                self._changed(name, seen.value if seen else None)
            except Exception as failure:
                log.error("change not taken", exception=frames_of(failure), subject=address(self.subject.pattern, name))

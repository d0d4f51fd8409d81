"""How a message leaves, whatever the way: the channel's contract, and what is done when one fails."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol, runtime_checkable

from msgspec import Struct

from agents.notifier.domain import Notice
from contracts.names import Pnr

Pause = Callable[[timedelta], Awaitable[None]]
"""Waits that long, and is passed in: a replay and a test have their own idea of time."""
StillNews = Callable[[], Awaitable[bool]]
"""Whether the message is still to be sent; asked before each attempt."""


class ChannelError(Exception):
    """The channel did not take the message now and may take it later. The text goes to NoticeFailed and to logs: it names
    neither the person nor a secret."""


class ChannelRefused(ChannelError):
    """The channel will never take this message: trying again is of no use, another channel may be."""


class Channel(Protocol):
    """A way to a person."""

    @property
    def name(self) -> str:
        """Short and free of secrets; unique among the channels of one notifier."""
        ...

    @property
    def turn(self) -> AbstractAsyncContextManager[None]:
        """To be held while a message is sent. A channel that is slow makes messages wait here, where they can still be given
        up, and not in `send`."""
        ...

    async def send(self, notice: Notice) -> None:
        """Returns once the message is handed over. Sending it again, after a crash, is harmless or recognisable by its id.

        Raises ChannelError on failure, ChannelRefused (one of them) if repeating can't help.
        """
        ...


@runtime_checkable
class KeepsLetters(Protocol):
    """A channel within whose reach the letters stay."""

    async def forget(self, pnr: Pnr) -> int:
        """Remove the letters to this party; get how many there were. Raises ChannelError."""
        ...


class Delivered(Struct, frozen=True):
    channel: str
    """The name of the one that took it."""


class Undelivered(Struct, frozen=True):
    tried: dict[str, str]
    """Each channel's last error."""


class Overtaken(Struct, frozen=True):
    """It was news no more before a channel took it."""


async def send_through(
    channels: Sequence[Channel], notice: Notice, *, retries: int, pause: timedelta, wait: Pause, still_news: StillNews
) -> Delivered | Undelivered | Overtaken:
    """Tries the channels in order, each once and up to `retries` times more with a `pause` before, until one takes it or it is
    no longer to be sent.

    Anything but a ChannelError is a bug and passes through.
    """
    tried: dict[str, str] = {}
    for channel in channels:
        for attempt in range(retries + 1):
            if attempt:
                await wait(pause)
            async with channel.turn:
                if not await still_news():
                    return Overtaken()
                try:
                    await channel.send(notice)
                except ChannelError as error:
                    tried[channel.name] = str(error)
                    if isinstance(error, ChannelRefused):
                        break
                else:
                    return Delivered(channel.name)
    return Undelivered(tried)

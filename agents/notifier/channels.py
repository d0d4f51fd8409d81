"""How a letter leaves, by any kind of channel: the contract of a channel, and what happens when one fails."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol, runtime_checkable

from msgspec import Struct

from agents.notifier.domain import Letter
from contracts.names import Pnr

Pause = Callable[[timedelta], Awaitable[None]]
"""Waits that long. An argument, because a test does not wait."""
IsCurrent = Callable[[], Awaitable[bool]]
"""Whether the letter still has to be sent; called before each attempt."""


class ChannelError(Exception):
    """The channel did not take the letter now and may take it later.

    The text goes to NoticeFailed and to logs, so it contains neither the contact nor a secret.
    """


class ChannelRefused(ChannelError):
    """The channel will never take this letter: a retry is useless, another channel may take it."""


class Channel(Protocol):
    """A way to reach a party."""

    @property
    def name(self) -> str:
        """Short, without secrets, and unique among the channels of one notifier."""
        ...

    @property
    def turn(self) -> AbstractAsyncContextManager[None]:
        """Held while a letter is sent. Letters for a slow channel wait here, where they can still be superseded, and not in
        `send`."""
        ...

    async def send(self, letter: Letter) -> None:
        """Return once the letter is handed over. Sending it again, after a crash, does no harm or is recognised by its id.

        Raises ChannelError on failure, ChannelRefused (one of them) if a retry can't help.
        """
        ...


@runtime_checkable
class KeepsLetters(Protocol):
    """A channel that can still reach the letters it has taken."""

    async def forget(self, pnr: Pnr) -> int:
        """Remove the letters to this party. Returns how many there were. Raises ChannelError."""
        ...


class Delivered(Struct, frozen=True):
    channel: str
    """The name of the channel that took the letter."""


class Undelivered(Struct, frozen=True):
    tried: dict[str, str]
    """The last error of each channel."""
    is_final: bool = False
    """Every channel refused the letter: another attempt would end alike."""


class Withdrawn(Struct, frozen=True):
    """Before a channel took the letter, a later fact came or the party was forgotten."""


async def send_through(
    channels: Sequence[Channel], letter: Letter, *, retries: int, pause: timedelta, wait: Pause, is_current: IsCurrent
) -> Delivered | Undelivered | Withdrawn:
    """Try the channels in order, each up to `1 + retries` times with a `pause` between, until one takes the letter or it is no
    longer to be sent.

    Anything but a ChannelError is a bug and propagates.
    """
    tried: dict[str, str] = {}
    refused: set[str] = set()
    for channel in channels:
        for attempt in range(retries + 1):
            if attempt:
                await wait(pause)
            async with channel.turn:
                if not await is_current():
                    return Withdrawn()
                try:
                    await channel.send(letter)
                except ChannelError as error:
                    tried[channel.name] = str(error)
                    if isinstance(error, ChannelRefused):
                        refused.add(channel.name)
                        break
                else:
                    return Delivered(channel.name)
    return Undelivered(tried, is_final=refused == tried.keys())


async def wait(pause: timedelta) -> None:
    """The `Pause` of a running notifier, by the wall clock."""
    await asyncio.sleep(pause.total_seconds())

"""Channels in a shadow: nothing reaches a person."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from agents.notifier.channels import Channel, ChannelRefused
from agents.notifier.domain import Letter


class OnlyLive:
    """A channel that reaches people. In a shadow it takes no letter, so the next channel keeps it."""

    def __init__(self, channel: Channel, *, in_shadow: Callable[[], bool]) -> None:
        self._channel = channel
        self._in_shadow = in_shadow

    @property
    def name(self) -> str:
        return self._channel.name

    @property
    def turn(self) -> AbstractAsyncContextManager[None]:
        return self._channel.turn

    async def send(self, letter: Letter) -> None:
        """Raises ChannelRefused in a shadow, and what the channel raises."""
        if self._in_shadow():
            raise ChannelRefused("this system is a shadow, and letters of a shadow are kept in its Maildir alone")
        await self._channel.send(letter)

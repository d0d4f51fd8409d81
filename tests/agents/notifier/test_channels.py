"""What happens when a channel fails."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import timedelta

import pytest

from agents.notifier.channels import (
    Channel,
    ChannelError,
    ChannelRefused,
    Delivered,
    Undelivered,
    Withdrawn,
    send_through,
)
from agents.notifier.domain import Letter
from agents.notifier.only_live import OnlyLive

PAUSE = timedelta(seconds=3)


class Scripted:
    """A channel that raises the errors of its script in turn, then takes every letter."""

    def __init__(self, name: str, *script: Exception) -> None:
        self.name = name
        self.script = list(script)
        self.taken: list[str] = []
        self.turn: AbstractAsyncContextManager[None] = nullcontext()

    async def send(self, letter: Letter) -> None:
        if self.script:
            raise self.script.pop(0)
        self.taken.append(letter.id)


class Waits:
    """Records how long it should wait, and does not wait."""

    def __init__(self) -> None:
        self.asked: list[timedelta] = []

    async def __call__(self, pause: timedelta) -> None:
        self.asked.append(pause)


class Current:
    """Answers that the letter is current, the first `times` times or always."""

    def __init__(self, times: int | None = None) -> None:
        self.left = times

    async def __call__(self) -> bool:
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0


async def through(
    channels: Sequence[Scripted], letter: Letter, *, waits: Waits | None = None, current: Current | None = None
) -> object:
    return await send_through(
        channels, letter, retries=2, pause=PAUSE, wait=waits or Waits(), is_current=current or Current()
    )


async def test_the_first_channel_that_takes_a_letter_is_the_only_one(letter: Letter) -> None:
    """A letter is sent once."""
    first, second = Scripted("first"), Scripted("second")
    assert await through((first, second), letter) == Delivered("first")
    assert (first.taken, second.taken) == ([letter.id], [])


async def test_a_channel_that_fails_is_tried_again_after_a_pause(letter: Letter) -> None:
    """Two failures, two pauses, then success."""
    waits = Waits()
    channel = Scripted("first", ChannelError("down"), ChannelError("down"))
    assert await through((channel,), letter, waits=waits) == Delivered("first")
    assert waits.asked == [PAUSE, PAUSE]


async def test_the_next_channel_is_tried_when_one_keeps_failing(letter: Letter) -> None:
    """Three failures are one attempt and two retries; the second channel gets the letter without a pause."""
    waits = Waits()
    first, second = Scripted("first", *[ChannelError("down")] * 3), Scripted("second")
    assert await through((first, second), letter, waits=waits) == Delivered("second")
    assert (first.taken, len(waits.asked)) == ([], 2)


async def test_a_refusal_is_not_retried(letter: Letter) -> None:
    """A letter that a channel will never take goes to the next one without a pause."""
    waits = Waits()
    first, second = Scripted("first", ChannelRefused("no address")), Scripted("second")
    assert await through((first, second), letter, waits=waits) == Delivered("second")
    assert waits.asked == []


async def test_a_failure_has_the_last_error_of_each_channel(letter: Letter) -> None:
    """The operator sees why each channel failed."""
    first = Scripted("first", ChannelError("slow"), ChannelError("slow"), ChannelError("down"))
    second = Scripted("second", ChannelRefused("no address"))
    assert await through((first, second), letter) == Undelivered({"first": "down", "second": "no address"})


async def test_a_bug_in_a_channel_is_not_hidden(letter: Letter) -> None:
    """Only ChannelError is handled; anything else reaches the bus."""
    with pytest.raises(ZeroDivisionError):
        await through((Scripted("first", ZeroDivisionError()), Scripted("second")), letter)


async def test_a_superseded_letter_is_not_retried(letter: Letter) -> None:
    """It was current at the first attempt and is out of date at the second."""
    channel = Scripted("first", ChannelError("down"))
    assert await through((channel,), letter, current=Current(times=1)) == Withdrawn()
    assert channel.taken == []


async def test_a_superseded_letter_is_not_given_to_the_next_channel(letter: Letter) -> None:
    """A later fact came while the first channel refused it."""
    first, second = Scripted("first", ChannelRefused("no address")), Scripted("second")
    assert await through((first, second), letter, current=Current(times=1)) == Withdrawn()
    assert second.taken == []


async def test_a_letter_superseded_before_its_turn_is_not_sent(letter: Letter) -> None:
    """A slow channel sends other letters first; the check comes after the wait."""
    channel, current = Scripted("slow"), Current()

    @asynccontextmanager
    async def long_turn() -> AsyncIterator[None]:
        current.left = 0
        yield

    channel.turn = long_turn()
    assert await through((channel,), letter, current=current) == Withdrawn()
    assert channel.taken == []


async def test_in_a_shadow_a_channel_that_reaches_people_takes_no_letter(letter: Letter) -> None:
    """The next one keeps it, without a retry; outside a shadow the first one takes it as ever."""
    reaches, keeps, waits = Scripted("mailto"), Scripted("maildir"), Waits()
    shadow: list[Channel] = [OnlyLive(reaches, in_shadow=lambda: True), keeps]
    result = await send_through(shadow, letter, retries=2, pause=PAUSE, wait=waits, is_current=Current())
    assert (result, reaches.taken, waits.asked) == (Delivered("maildir"), [], [])
    live: list[Channel] = [OnlyLive(reaches, in_shadow=lambda: False), keeps]
    result = await send_through(live, letter, retries=2, pause=PAUSE, wait=waits, is_current=Current())
    assert (result, reaches.taken) == (Delivered("mailto"), [letter.id])

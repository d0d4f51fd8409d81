"""What is done when a channel fails."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import timedelta

import pytest

from agents.notifier.channels import ChannelError, ChannelRefused, Delivered, Overtaken, Undelivered, send_through
from agents.notifier.domain import Notice

PAUSE = timedelta(seconds=3)


class Scripted:
    """Fails with each error of its script in turn, then takes everything."""

    def __init__(self, name: str, *script: Exception) -> None:
        self.name = name
        self.script = list(script)
        self.taken: list[str] = []
        self.turn: AbstractAsyncContextManager[None] = nullcontext()

    async def send(self, notice: Notice) -> None:
        if self.script:
            raise self.script.pop(0)
        self.taken.append(notice.id)


class Waits:
    """Remembers how long it was asked to wait, and does not."""

    def __init__(self) -> None:
        self.asked: list[timedelta] = []

    async def __call__(self, pause: timedelta) -> None:
        self.asked.append(pause)


class News:
    """Is news so many times, or always."""

    def __init__(self, times: int | None = None) -> None:
        self.left = times

    async def __call__(self) -> bool:
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0


async def through(
    channels: Sequence[Scripted], notice: Notice, *, waits: Waits | None = None, news: News | None = None
) -> object:
    return await send_through(
        channels, notice, retries=2, pause=PAUSE, wait=waits or Waits(), still_news=news or News()
    )


async def test_the_first_channel_that_takes_it_is_the_only_one(notice: Notice) -> None:
    """One message goes one way."""
    first, second = Scripted("first"), Scripted("second")
    assert await through((first, second), notice) == Delivered("first")
    assert (first.taken, second.taken) == ([notice.id], [])


async def test_a_channel_that_fails_is_tried_again_after_a_pause(notice: Notice) -> None:
    """Two failures, two pauses, then it is taken."""
    waits = Waits()
    channel = Scripted("first", ChannelError("down"), ChannelError("down"))
    assert await through((channel,), notice, waits=waits) == Delivered("first")
    assert waits.asked == [PAUSE, PAUSE]


async def test_the_next_channel_is_tried_when_one_keeps_failing(notice: Notice) -> None:
    """Three failures are one attempt and two retries: then the second channel gets it, at once."""
    waits = Waits()
    first, second = Scripted("first", *[ChannelError("down")] * 3), Scripted("second")
    assert await through((first, second), notice, waits=waits) == Delivered("second")
    assert (first.taken, len(waits.asked)) == ([], 2)


async def test_a_refusal_is_not_tried_again(notice: Notice) -> None:
    """What a channel will never take goes to the next one without a pause."""
    waits = Waits()
    first, second = Scripted("first", ChannelRefused("no address")), Scripted("second")
    assert await through((first, second), notice, waits=waits) == Delivered("second")
    assert waits.asked == []


async def test_failure_names_each_channels_last_error(notice: Notice) -> None:
    """When nobody takes it, the operator reads what each said last."""
    first = Scripted("first", ChannelError("slow"), ChannelError("slow"), ChannelError("down"))
    second = Scripted("second", ChannelRefused("no address"))
    assert await through((first, second), notice) == Undelivered({"first": "down", "second": "no address"})


async def test_a_bug_in_a_channel_is_not_hidden(notice: Notice) -> None:
    """Only a channel's own errors are handled; anything else is for the bus to see."""
    with pytest.raises(ZeroDivisionError):
        await through((Scripted("first", ZeroDivisionError()), Scripted("second")), notice)


async def test_what_is_news_no_more_is_not_tried_again(notice: Notice) -> None:
    """It was when it was tried first; what would be sent now is old."""
    channel = Scripted("first", ChannelError("down"))
    assert await through((channel,), notice, news=News(times=1)) == Overtaken()
    assert channel.taken == []


async def test_the_next_channel_is_not_given_old_news_either(notice: Notice) -> None:
    """The first has refused it, and meanwhile there was something newer."""
    first, second = Scripted("first", ChannelRefused("no address")), Scripted("second")
    assert await through((first, second), notice, news=News(times=1)) == Overtaken()
    assert second.taken == []


async def test_who_waits_for_a_turn_is_asked_when_it_comes(notice: Notice) -> None:
    """A slow channel sends others first, and nothing that has grown old by then."""
    channel, news = Scripted("slow"), News()

    @asynccontextmanager
    async def long_turn() -> AsyncIterator[None]:
        news.left = 0
        yield

    channel.turn = long_turn()
    assert await through((channel,), notice, news=news) == Overtaken()
    assert channel.taken == []

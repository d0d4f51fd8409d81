"""Where frames are shown: a panel in a terminal, redrawn in place; elsewhere a line every five seconds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from rich.console import Console
from rich.live import Live

from bus.clock import monotonic
from bus.tasks import cancel
from irops.live.figures import Figures
from irops.live.follow import Follow
from irops.live.panel import line, panel

_LINE_EVERY = 5.0
"""Seconds between lines where there is no terminal."""
_FRAME_EVERY = 0.5
_ASK_EVERY = 2.0


class Screen(Protocol):
    """Shows frames, and lines between them."""

    def show(self, figures: Figures) -> None: ...
    def print(self, text: str) -> None: ...
    def close(self) -> None: ...


def open_screen(console: Console) -> Screen:
    """The screen that suits the console."""
    return Terminal(console) if console.is_terminal else Lines(console)


class Lines:
    """Plain lines."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next = 0.0

    def show(self, figures: Figures) -> None:
        if monotonic() >= self._next:
            self._next = monotonic() + _LINE_EVERY
            self.print(line(figures))

    def print(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """There is nothing to restore."""


class Terminal:
    """A panel that each frame redraws."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._live.start()

    def show(self, figures: Figures) -> None:
        self._live.update(panel(figures, width=self._live.console.width), refresh=True)

    def print(self, text: str) -> None:
        self._live.console.print(text, highlight=False)

    def close(self) -> None:
        self._live.stop()


@asynccontextmanager
async def showing(follow: Follow, screen: Screen, frame: Callable[[], Figures]) -> AsyncIterator[None]:
    """Show a frame twice a second until the block ends, then the last one. `follow` has been started; the caller stops it."""
    task = asyncio.create_task(_keep_showing(follow, screen, frame))
    try:
        yield
    finally:
        try:
            await cancel(task)
            await follow.ask()
            screen.show(frame())
        finally:
            screen.close()


async def _keep_showing(follow: Follow, screen: Screen, frame: Callable[[], Figures]) -> None:
    asked = float("-inf")
    while True:
        if monotonic() - asked >= _ASK_EVERY:
            asked = monotonic()
            await follow.ask()
        screen.show(frame())
        await asyncio.sleep(_FRAME_EVERY)

"""The door to an endpoint: bounded in time and number, retried while that helps, left alone while the endpoint is in trouble,
and counted."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from itertools import count
from typing import TypeVar

from msgspec import Struct

from llm.backoff import Backoff
from llm.breaker import Breaker
from llm.client import Answered, NoAnswer, Prompt, Shut, Tool, Turn
from llm.endpoint import Endpoint, Failed, Usage
from llm.schema import strict_schema
from llm.settings import ModelSettings
from llm.totals import Reason, Totals

T = TypeVar("T")
S = TypeVar("S", bound=Struct)


class Guarded:
    """`randomness`: from 0 to 1; `monotonic`: seconds on a clock that never jumps; `sleep` waits for so many seconds."""

    def __init__(
        self,
        settings: ModelSettings,
        *,
        randomness: Callable[[], float],
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._randomness, self._monotonic, self._sleep = randomness, monotonic, sleep
        self._endpoint = Endpoint(settings)
        self._backoff = Backoff()
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._breaker = Breaker(failures=settings.breaker_failures, pause=settings.breaker_pause)
        self._totals = Totals()

    @property
    def totals(self) -> Totals:
        return self._totals

    @property
    def shut(self) -> Shut | None:
        return "open" if self._breaker.is_open(self._monotonic()) else None

    async def ask(self, prompt: Prompt, answer: type[S], *, deadline: timedelta) -> Answered[S]:
        schema = strict_schema(answer)
        return await self._answered(lambda: self._endpoint.ask(prompt, answer, schema), deadline)

    async def with_tools(self, prompt: Prompt, tools: Sequence[Tool], *, deadline: timedelta) -> Answered[Turn]:
        for tool in tools:
            strict_schema(tool.arguments)
        return await self._answered(lambda: self._endpoint.with_tools(prompt, tools), deadline)

    @asynccontextmanager
    async def stream(self, prompt: Prompt, *, deadline: timedelta) -> AsyncIterator[AsyncIterator[str]]:
        async def begin() -> tuple[tuple[str, Usage | None], AsyncGenerator[tuple[str, Usage | None]]]:
            source = self._endpoint.stream(prompt)
            return await anext(source), source

        until = self._monotonic() + deadline.total_seconds()
        async with self._admitted(until):
            (first, source), _ = await self._tried(begin, until)
            async with aclosing(source), aclosing(self._texts(first, source, until)) as texts:
                yield texts

    async def close(self) -> None:
        await self._endpoint.close()

    async def _answered(self, once: Callable[[], Awaitable[tuple[T, Usage]]], deadline: timedelta) -> Answered[T]:
        started = self._monotonic()
        until = started + deadline.total_seconds()
        async with self._admitted(until):
            (value, usage), attempts = await self._tried(once, until)
            cost = self._worked(usage)
        return Answered(
            value=value,
            model=self._settings.model,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            latency=timedelta(seconds=self._monotonic() - started),
            attempts=attempts,
            cost_usd=cost,
        )

    async def _texts(
        self, first: tuple[str, Usage | None], source: AsyncGenerator[tuple[str, Usage | None]], until: float
    ) -> AsyncGenerator[str]:
        text, usage = first
        while usage is None:
            yield text
            try:
                async with asyncio.timeout(until - self._monotonic()):
                    text, usage = await anext(source)
            except TimeoutError:
                # Of the endpoint that says nothing: whoever takes the text may be the slow one.
                raise self._no("deadline") from None
            except Failed as failed:
                raise self._failed(failed) from None
        self._worked(usage)

    @asynccontextmanager
    async def _admitted(self, until: float) -> AsyncIterator[None]:
        """Holds a slot and the breaker's leave. Who is let in says how it ended: `_worked`, `_failed` or `_no`."""
        self._totals.asked += 1
        if self._breaker.is_open(self._monotonic()):
            raise self._no("open")
        try:
            async with asyncio.timeout(until - self._monotonic()):
                await self._slots.acquire()
        except TimeoutError:
            raise self._no("busy") from None
        try:
            # While this waited for the slot, the breaker may have opened.
            if not self._breaker.admits(self._monotonic()):
                raise self._no("open")
            try:
                yield
            finally:
                self._breaker.unknown()  # changes nothing once it was said how it ended
        finally:
            self._slots.release()

    async def _tried(self, once: Callable[[], Awaitable[T]], until: float) -> tuple[T, int]:
        """What `once` gives, and at which attempt."""
        began = self._monotonic()
        for attempt in count(1):
            try:
                async with asyncio.timeout(until - self._monotonic()):
                    return await once(), attempt
            except TimeoutError:
                # Who came late, or had waited long for a slot, did not give the endpoint much of a chance.
                if until - began >= self._settings.deadline.total_seconds() / 2:
                    self._breaker.failed(self._monotonic())
                raise self._no("deadline") from None
            except Failed as failed:
                pause = self._backoff.wait(attempt, told=failed.wait, jitter=self._randomness())
                if not failed.passing or pause is None or self._monotonic() + pause.total_seconds() >= until:
                    raise self._failed(failed) from None
                await self._sleep(pause.total_seconds())
        raise AssertionError("attempts end in an answer or not at all")

    def _worked(self, usage: Usage) -> float:
        self._breaker.worked()
        self._totals.answered += 1
        return self._paid(usage)

    def _failed(self, failed: Failed) -> NoAnswer:
        if failed.endpoint:
            self._breaker.failed(self._monotonic())
        else:
            self._breaker.worked()
        self._paid(failed.usage)
        return self._no(failed.reason, failed.detail)

    def _no(self, reason: Reason, detail: str = "") -> NoAnswer:
        self._totals.failures[reason] += 1
        return NoAnswer(reason, detail)

    def _paid(self, usage: Usage) -> float:
        """What it cost, in US dollars."""
        totals, settings = self._totals, self._settings
        per_token = (settings.usd_per_mtok_in / 1e6, settings.usd_per_mtok_out / 1e6)
        cost = usage.prompt_tokens * per_token[0] + usage.completion_tokens * per_token[1]
        totals.prompt_tokens += usage.prompt_tokens
        totals.completion_tokens += usage.completion_tokens
        totals.cost_usd += cost
        return cost

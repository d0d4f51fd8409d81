"""A client for one endpoint: bounded in time and number, retried where that helps, stopped by a circuit breaker, and
counted."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

from msgspec import Struct

from bus.logs import get_logger
from llm.backoff import Backoff
from llm.breaker import Breaker
from llm.client import Answered, Blocked, NoAnswer, Prompt, Tool, Turn
from llm.endpoint import Endpoint
from llm.failures import Failed, Usage
from llm.schema import strict_schema
from llm.settings import ModelSettings
from llm.totals import Reason, Totals

T = TypeVar("T")
S = TypeVar("S", bound=Struct)

_LOGGED = 50
"""Different failures that are logged, each once; all are counted."""

log = get_logger("llm")


class EndpointClient:
    """A `ModelClient`. `randomness`: from 0 to 1. `monotonic`: seconds on a monotonic clock. `sleep`: waits for some
    seconds."""

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
        self._logged: set[tuple[str, str]] = set()
        self._form: tuple[Any, ...] = self._found
        self._trouble = ""

    @property
    def totals(self) -> Totals:
        return self._totals

    @property
    def blocked(self) -> Blocked | None:
        return "open" if self._breaker.is_open(self._monotonic()) else None

    def stats(self) -> dict[str, Any]:
        """`trouble`: why the breaker opened, until a question is answered again. `answer_format` and `token_limit`: what the
        endpoint was found to accept; empty until then."""
        found = self._endpoint.negotiation
        return self._totals.as_json() | {
            "answer_format": found.answer_format or "",
            "token_limit": found.token_limit or "",
            "trouble": self._breaker.why,
        }

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
            cost = self._succeeded(usage)
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
                # Not counted against the endpoint: the reader of the text may be the slow one.
                raise self._no_answer("deadline") from None
            except Failed as failed:
                raise self._failed(failed) from None
        self._succeeded(usage)

    @asynccontextmanager
    async def _admitted(self, until: float) -> AsyncIterator[None]:
        """Holds a slot, and the breaker's permission. The caller reports the outcome: `_succeeded`, `_failed` or
        `_no_answer`."""
        self._totals.asked += 1
        if self._breaker.is_open(self._monotonic()):
            raise self._no_answer("open", self._breaker.why)
        try:
            async with asyncio.timeout(until - self._monotonic()):
                await self._slots.acquire()
        except TimeoutError:
            raise self._no_answer("busy") from None
        try:
            # The breaker may have opened during the wait for the slot.
            if not self._breaker.admits(self._monotonic()):
                raise self._no_answer("open", self._breaker.why)
            try:
                yield
            finally:
                self._breaker.abandoned()  # no effect once the outcome is reported
        finally:
            self._slots.release()

    async def _tried(self, once: Callable[[], Awaitable[T]], until: float) -> tuple[T, int]:
        """The result of `once`, and at which attempt it came."""
        began = self._monotonic()
        for attempt in count(1):
            try:
                async with asyncio.timeout(until - self._monotonic()):
                    return await once(), attempt
            except TimeoutError:
                # A call that had waited long for its slot gave the endpoint too little time to judge it by.
                if until - began >= self._settings.deadline.total_seconds() / 2:
                    self._breaker.failed(self._monotonic(), "no answer before the deadline (IROPS_LLM_DEADLINE_S)")
                    self._log_trouble()
                raise self._no_answer("deadline") from None
            except Failed as failed:
                pause = self._backoff.wait(attempt, requested=failed.wait, jitter=self._randomness())
                if not failed.retry or pause is None or self._monotonic() + pause.total_seconds() >= until:
                    raise self._failed(failed) from None
                await self._sleep(pause.total_seconds())
            finally:
                self._log_form()
        raise AssertionError("attempts end in an answer or an exception")

    def _succeeded(self, usage: Usage) -> float:
        self._breaker.succeeded()
        self._log_trouble()
        self._totals.answered += 1
        return self._paid(usage)

    def _failed(self, failed: Failed) -> NoAnswer:
        match failed.blame:
            case "question":
                self._breaker.succeeded()
            case "endpoint":
                self._breaker.failed(self._monotonic(), failed.detail)
            case "setup" if not self._endpoint.negotiation.worked:
                self._breaker.unusable(self._monotonic(), failed.detail)
            case "setup":  # it has worked, so this may be one question's fault after all: only in a row does it open
                self._breaker.failed(self._monotonic(), failed.detail)
        self._log_trouble()
        if failed.blame == "question":
            self._log_once(failed)
        self._paid(failed.usage)
        return self._no_answer(failed.reason, failed.detail)

    def _no_answer(self, reason: Reason, detail: str = "") -> NoAnswer:
        self._totals.failures[reason] += 1
        return NoAnswer(reason, detail)

    def _paid(self, usage: Usage) -> float:
        """Its cost in US dollars."""
        totals, settings = self._totals, self._settings
        per_token = (settings.usd_per_mtok_in / 1e6, settings.usd_per_mtok_out / 1e6)
        cost = usage.prompt_tokens * per_token[0] + usage.completion_tokens * per_token[1]
        totals.prompt_tokens += usage.prompt_tokens
        totals.completion_tokens += usage.completion_tokens
        totals.cost_usd += cost
        return cost

    @property
    def _found(self) -> tuple[Any, ...]:
        found = self._endpoint.negotiation
        return found.answer_format, found.token_limit, found.temperature

    def _log_form(self) -> None:
        """Once for each thing that is found out about the endpoint."""
        if self._form != (found := self._found):
            self._form = found
            answer_format, token_limit, temperature = found
            log.info(
                "the model endpoint's form of request is known",
                answer_format=answer_format,
                token_limit=token_limit,
                temperature=temperature and self._settings.temperature is not None,
            )

    def _log_trouble(self) -> None:
        """When the breaker opens, opens for another reason, and closes."""
        if self._trouble != (why := self._breaker.why):
            self._trouble = why
            if why:
                log.error(
                    "the model endpoint is not asked for a while",
                    why=why,
                    pause_s=self._settings.breaker_pause.total_seconds(),
                )
            else:
                log.info("the model endpoint answers again")

    def _log_once(self, failed: Failed) -> None:
        known = (failed.reason, failed.detail)
        if known not in self._logged and len(self._logged) < _LOGGED:
            self._logged.add(known)
            log.warning(
                "no answer from the model; logged once for each reason", reason=failed.reason, detail=failed.detail
            )

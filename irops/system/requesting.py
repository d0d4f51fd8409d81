"""Asks the booker what something would cost, and has it done."""

from typing import Any
from uuid import uuid4

from bus import AskFailed, Bus, Fact, Unavailable
from contracts.names import Pnr
from contracts.requests import (
    QUOTE_WANTED,
    REQUEST_DONE,
    REQUEST_MADE,
    REQUEST_REFUSED,
    Quoted,
    QuoteWanted,
    RequestDone,
    RequestMade,
    RequestRefused,
    Wanted,
)
from contracts.sales import Instrument
from contracts.subject import Key
from irops.system.outcomes import outcome
from irops.terminal.failures import Failed


async def quoted(
    bus: Bus,
    pnr: Pnr,
    wanted: Wanted,
    *,
    stated: dict[str, str],
    pay_with: tuple[Instrument, ...],
    names: dict[int, str] | None = None,
) -> Quoted:
    """Get a quote. Raises `Failed`."""
    question = QuoteWanted(pnr=pnr, id=uuid4().hex, wanted=wanted, stated=stated, pay_with=pay_with, names=names or {})
    try:
        return await bus.ask(QUOTE_WANTED, question)
    except Unavailable as failure:
        raise Failed(f"no booker answers ({failure}); start one with `irops agent booker`") from failure
    except AskFailed as failure:
        if failure.code != 404:
            raise
        raise Failed(f"{failure.text}; `irops export bookings` lists the parties") from failure


async def requested(bus: Bus, shown: Quoted) -> RequestDone | RequestRefused:
    """Say yes to a quote, and get what has become of it. Raises `Failed` where the booker has not answered in time: the request
    is stored, and it will."""
    quote = shown.quote
    request = RequestMade(
        pnr=quote.pnr, id=uuid4().hex, quote=quote.id, revision=shown.revision, price=quote.price, made_at=bus.now()
    )
    await bus.emit_once([Fact(REQUEST_MADE.of(request), expires=False)])
    answers: list[Key[Any]] = [s.key(pnr=request.pnr, id=request.id) for s in (REQUEST_DONE, REQUEST_REFUSED)]
    answer: RequestDone | RequestRefused = await outcome(bus, answers, of=f"request {request.id}")
    return answer

"""Quotes that are asked for while the booker is busy: answered together, each as if it were alone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import structs

from agents.booker.adapters import Ledger
from agents.booker.domain import SaleRules
from agents.booker.knowledge import Knowledge
from agents.booker.lease import Lease
from agents.booker.offer_states import OfferStates
from agents.booker.quotes import Quotes
from bus import AskFailed, Bus, Cause
from bus.causation import causing
from contracts.names import Pnr
from contracts.passengers import Passenger
from contracts.requests import QUOTE, Quoted, QuoteWanted, Wanted
from policy.fares import FareRules
from tests.agents.booker.booker_service import lease_of, wrote
from tests.agents.booker.booker_world import booking, flight, seated
from tests.agents.booker.request_world import HELD, fare_rules, sold
from tests.support import eventually

GIVE_UP = Wanted(cancel=(1,))
ONE_FLIGHT = flight()


class Desk(NamedTuple):
    bus: Bus
    lease: Lease
    quotes: Quotes


@pytest.fixture
async def desk(bus: Bus, tmp_path: Path) -> AsyncIterator[Desk]:
    """An active booker with the parties A, B and C."""
    named = (Passenger(id="1", name="Ana Ruis", kind="adult"),)
    parties = [structs.replace(sold(booking(pnr, [ONE_FLIGHT]), "100.00"), passengers=named) for pnr in ("A", "B", "C")]
    await wrote(bus, seated([ONE_FLIGHT], parties), parties)
    lease = lease_of(bus, "one")
    await lease.acquire()
    ledger = Ledger(bus, lease)
    fares: FareRules = fare_rules(tmp_path)
    knowledge = Knowledge(bus, ledger, SaleRules, fares=fares, offers=OfferStates(bus, lease))
    yield Desk(bus, lease, Quotes(ledger, lease, knowledge, held=HELD))
    await lease.release()


def about(pnr: Pnr, id_: str = "quote", wanted: Wanted = GIVE_UP) -> QuoteWanted:
    return QuoteWanted(pnr=pnr, id=id_, wanted=wanted)


async def together(desk: Desk, *questions: QuoteWanted) -> list[Quoted | BaseException]:
    """Ask these while the booker is busy, and let it answer then; get the answers in the same order."""
    await desk.lease.turn.acquire()
    try:
        asked = [asyncio.create_task(desk.quotes.quote(each)) for each in questions]
        await eventually(lambda: desk.quotes.waiting == len(questions), what="all wait")
    finally:
        desk.lease.turn.release()
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_what_is_asked_for_meanwhile_is_stored_in_one_commit(desk: Desk) -> None:
    """One after the other in the ledger, with nothing between them."""
    answers = await together(desk, about("A"), about("B"), about("C"))
    quoted = [each for each in answers if isinstance(each, Quoted)]
    assert [(each.quote.pnr, each.quote.outcome) for each in quoted] == [(pnr, "allowed") for pnr in "ABC"]
    first = quoted[0].revision
    assert [each.revision for each in quoted] == [first, first + 1, first + 2]


async def test_the_same_question_twice_has_one_quote(desk: Desk) -> None:
    """Also where neither has been answered yet."""
    first, second = await together(desk, about("A"), about("A"))
    assert isinstance(first, Quoted)
    assert first == second


async def test_another_question_with_the_same_id_is_refused_alone(desk: Desk) -> None:
    """The first to ask has the quote."""
    first, second = await together(desk, about("A"), about("A", wanted=Wanted(names=(1,))))
    assert isinstance(first, Quoted)
    assert isinstance(second, AskFailed)
    assert second.code == 409


async def test_a_question_about_no_booking_fails_alone(desk: Desk) -> None:
    """The others are answered."""
    unknown, found = await together(desk, about("NONE"), about("A"))
    assert isinstance(unknown, AskFailed)
    assert (unknown.code, isinstance(found, Quoted)) == (404, True)


async def test_more_than_fit_in_a_commit_are_answered_too(desk: Desk) -> None:
    """In several."""
    answers = await together(desk, *(about("A", f"quote-{number}") for number in range(250)))
    assert [isinstance(each, Quoted) for each in answers] == [True] * 250


async def test_each_quote_follows_from_its_own_question(desk: Desk) -> None:
    """Not from that of who asked first."""

    async def caused(pnr: Pnr) -> Quoted:
        with causing(Cause(f"question-{pnr}", "0" * 31 + "1")):
            return await desk.quotes.quote(about(pnr))

    await desk.lease.turn.acquire()
    asked = [asyncio.create_task(caused(pnr)) for pnr in ("A", "B")]
    await eventually(lambda: desk.quotes.waiting == len(asked), what="both wait")
    desk.lease.turn.release()
    await asyncio.gather(*asked)
    keys = [QUOTE.key(pnr=pnr, id="quote") for pnr in ("A", "B")]
    loaded = await desk.bus.load(keys)
    causes = [entry.cause for key in keys if (entry := loaded[key])]
    assert [each.id for each in causes if each] == ["question-A", "question-B"]


async def test_who_waits_behind_one_that_is_cancelled_does_not_wait_for_ever(desk: Desk) -> None:
    """The booker is stopping then."""
    await desk.lease.turn.acquire()
    first, second = (asyncio.create_task(desk.quotes.quote(about(pnr))) for pnr in ("A", "B"))
    await eventually(lambda: desk.quotes.waiting == 2, what="both wait")
    first.cancel()
    await asyncio.wait([first, second])
    assert (first.cancelled(), second.cancelled(), desk.quotes.waiting) == (True, True, 0)
    desk.lease.turn.release()
    assert isinstance(await desk.quotes.quote(about("B")), Quoted)

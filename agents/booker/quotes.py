"""Answers what something would cost: a thin shell around `domain.requests.quote`.

A quote waits for the booker's turn, for it is stored under the lease as all else. All that are asked for meanwhile are read and
stored together: in a storm a turn is long, and each of them would take one from the plans.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from msgspec import structs

from agents.booker.adapters import Ledger, QuoteKey
from agents.booker.domain.requests import quote
from agents.booker.knowledge import Asked, Knowledge
from agents.booker.lease import Lease
from bus import AskFailed, Cause, Entry, Write, current_cause
from contracts.requests import WISHED_NAMES, Quote, Quoted, QuoteWanted, WishedNames

_MOST = 100
"""Questions in a group: each may write a quote and names, and the server takes 1,000 messages in a batch."""

_NO_BOOKING = AskFailed(404, "no booking has this PNR")


@dataclass(frozen=True, slots=True)
class _Waiting:
    question: QuoteWanted
    cause: Cause | None
    answer: asyncio.Future[Quoted]

    @property
    def key(self) -> QuoteKey:
        return self.question.pnr, self.question.id


class Quotes:
    """`held` is how long a quote stands at most."""

    def __init__(self, ledger: Ledger, lease: Lease, knowledge: Knowledge, *, held: timedelta) -> None:
        self._ledger, self._lease, self._knowledge, self._held = ledger, lease, knowledge, held
        self._waiting: list[_Waiting] = []

    @property
    def waiting(self) -> int:
        """How many questions wait for the booker's turn."""
        return len(self._waiting)

    async def quote(self, question: QuoteWanted) -> Quoted:
        """Say what a request would cost, and keep it. Asked again, the same question has the same answer.

        Raises `AskFailed` where there is no such booking or the quote's id is another question's, and as a commit does.
        """
        own = _Waiting(question, current_cause(), asyncio.get_running_loop().create_future())
        self._waiting.append(own)
        if len(self._waiting) == 1:
            await self._answer_all()
        return await own.answer

    async def _answer_all(self) -> None:
        """Answer all who wait once it is the booker's turn. The first one does it for those who come after it."""
        waiting = self._waiting
        try:
            async with self._lease.turn:
                self._waiting = []
                for group in _groups(waiting):
                    await self._answer(group)
        finally:
            if self._waiting is waiting:
                self._waiting = []
            for each in waiting:
                each.answer.cancel()  # those that have no answer: this task was cancelled

    async def _answer(self, group: Sequence[_Waiting]) -> None:
        answers: Sequence[Quoted | Exception]
        try:
            answers = await self._answers(group)
        except Exception as failure:
            answers = [failure] * len(group)
        for each, answer in zip(group, answers, strict=True):
            if each.answer.done():
                continue  # who asked was cancelled
            if isinstance(answer, Quoted):
                each.answer.set_result(answer)
            else:
                each.answer.set_exception(answer)

    async def _answers(self, group: Sequence[_Waiting]) -> list[Quoted | AskFailed]:
        """The answers to questions with different keys. New quotes are stored in one commit."""
        quotes, names = await self._ledger.quotes([each.key for each in group])
        new = await self._new([each for each in group if each.key not in quotes])
        return [
            _again(each.question, earlier, names.get(each.key))
            if (earlier := quotes.get(each.key))
            else new.get(each.key, _NO_BOOKING)
            for each in group
        ]

    async def _new(self, group: Sequence[_Waiting]) -> dict[QuoteKey, Quoted]:
        """Answer questions that no quote answers yet. Those about bookings that do not exist have no answer."""
        asked = [Asked(each.question.pnr, each.question.wanted, each.question.names) for each in group]
        known = await self._knowledge.of(asked, at_least=self._lease.since)
        found = [
            (each, quote(each.question, basis, held=self._held))
            for each, basis in zip(group, known, strict=True)
            if basis is not None
        ]
        if not found:
            return {}
        kept = [
            names_kept(new, each.question.names, held=self._held, cause=each.cause)
            for each, new in found
            if each.question.names and new.outcome == "allowed"
        ]
        revisions = await self._ledger.keep_quotes([(new, each.cause) for each, new in found], states=kept)
        return {
            each.key: Quoted(quote=new, revision=revision)
            for (each, new), revision in zip(found, revisions, strict=True)
        }


def _again(question: QuoteWanted, earlier: Entry[Quote], names: Entry[WishedNames] | None) -> Quoted | AskFailed:
    """The answer to a question whose quote's id was used before."""
    others = names is not None and names.message.names != question.names
    if others or earlier.message.asked != structs.replace(question, names={}):
        return AskFailed(409, "another quote has this id")
    return Quoted(quote=earlier.message, revision=earlier.revision)


def _groups(waiting: Sequence[_Waiting]) -> list[list[_Waiting]]:
    """In their order, of at most `_MOST`; a question that is asked again comes in a later group than the first."""
    groups: list[list[_Waiting]] = []
    for each in waiting:
        if not groups or len(groups[-1]) == _MOST or each.key in {other.key for other in groups[-1]}:
            groups.append([])
        groups[-1].append(each)
    return groups


def names_kept(quote: Quote, names: Mapping[int, str], *, held: timedelta, cause: Cause | None = None) -> Write:
    """The write of the names that a quote is about, which are kept for as long as any quote stands."""
    wished = WishedNames(pnr=quote.pnr, id=quote.id, names=dict(names))
    return Write(WISHED_NAMES.of(wished), 0, cause, lasts=held)

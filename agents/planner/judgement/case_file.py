"""What a judge works with: a model to ask, and for each party a case file with the current facts and plans."""

from datetime import timedelta
from typing import Protocol, TypeVar

from msgspec import Struct

from agents.planner.judgement.brief import Brief
from contracts.judgement import Wishes
from contracts.names import Id
from contracts.plans import PlanProposed
from llm import Answered, Blocked, Prompt

S = TypeVar("S", bound=Struct)


class Model(Protocol):
    """The part of `llm.ModelClient` used here."""

    @property
    def blocked(self) -> Blocked | None:
        """Why a question asked now would fail at once."""

    async def ask(self, prompt: Prompt, answer: type[S], *, deadline: timedelta) -> Answered[S]:
        """A value of the wanted type before the deadline. Raises `NoAnswer`."""


class CaseFile(Protocol):
    """One party. Every call reads the current state; nothing is cached."""

    async def refresh(self) -> Brief:
        """The facts, after bringing the views up to date and reading the booking again. Raises what the bus raises."""

    def plan(self, wishes: Wishes, first: Id | None) -> PlanProposed | None:
        """The rules' plan on the seats free at this moment; None if the party needs no answer any more.

        Only legal options: those that meet more of the wishes first, among these the one with the id `first` if it is
        there, then by cost. With `keep`, the plan's `judgement` names the wishes that the trip does not meet.
        """

"""What a judge is given: a door to ask at, and of each party a desk, behind which are the views, the booking and the rules."""

from datetime import timedelta
from typing import Protocol, TypeVar

from msgspec import Struct

from agents.planner.judgement.brief import Brief
from contracts.judgement import Wishes
from contracts.names import Id
from contracts.plans import PlanProposed
from llm.client import Answered, Prompt, Shut

S = TypeVar("S", bound=Struct)


class Asking(Protocol):
    """As much of a `Door` as is used here."""

    @property
    def shut(self) -> Shut | None:
        """Why whoever asks now has no answer."""

    async def ask(self, prompt: Prompt, answer: type[S], *, deadline: timedelta) -> Answered[S]:
        """A value of the type wanted, in time. Raises `NoAnswer`."""


class Desk(Protocol):
    """Live, never cached."""

    async def refresh(self) -> Brief:
        """The facts, with the views brought up to now and the booking read anew. Raises what the bus raises."""

    def plan(self, wishes: Wishes, first: Id | None) -> PlanProposed | None:
        """The plan on the seats there are at this moment, legal options only: those that meet more of the wishes first, of
        these the one called `first` if it is there, then by cost. With `keep`, its `judgement` says which wishes the trip does
        not meet. None: no answer is due any more."""

"""Pausing an agent: it takes no work until it is resumed, and still answers questions.

An operator writes the state; the runtime of every agent follows it, beside the clock. What an agent has in hand ends first. An
agent that starts while it is paused takes nothing either.
"""

from typing import Annotated

from msgspec import Meta, Struct

from contracts.flights import Instant
from contracts.subject import Subject

AgentName = Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,40}$(?!\n)", description="an agent's name")]


class AgentPause(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """This agent is paused."""

    agent: AgentName
    by: str
    why: str
    since: Instant
    """Event time."""
    until: Instant | None = None
    """Event time at which it ends by itself; None: when the agent is resumed."""

    def is_in_force(self, now: Instant) -> bool:
        return self.until is None or now < self.until


AGENT_PAUSE = Subject("clock.pause.{agent}", AgentPause, "CLOCK")
"""operator -> every agent, as a view"""

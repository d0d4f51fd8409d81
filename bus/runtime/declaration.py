"""An agent uses only the subjects that it declares: to write, follow, look up or ask any other is a bug.

A server with permissions refuses it too (`bus.access.permissions`). This check works on every server, and names the declaration
to extend. A subject is identified by its family, its first two tokens.
"""

from collections.abc import Iterable
from typing import Any

from bus.agent import Agent, Handlers
from bus.errors import Misdeclared
from bus.state.store import Commit
from bus.wire.envelope import family
from contracts.dead import DEAD_LETTER
from contracts.subject import Subject


def check_handlers(agent: Agent, handlers: Handlers) -> None:
    """What the agent hears and answers has a handler, and nothing else has one. Raises `Misdeclared`."""
    if lost := [subject.pattern for subject in agent.hears if not subject.stream]:
        raise Misdeclared(f"{agent.name} hears {', '.join(lost)}, which no stream keeps: name one in the `Subject`")
    for verb, declared, given in (
        ("hears", {s.pattern for s in agent.hears}, {s.pattern for s in handlers.handlers}),
        ("answers", {ask.name for ask in agent.answers}, {ask.name for ask in handlers.answers}),
    ):
        if missing := sorted(declared - given):
            raise Misdeclared(
                f"the `build` of {agent.name} returns no handler for {', '.join(missing)}, which it declares in `{verb}`"
            )
        if undeclared := sorted(given - declared):
            raise Misdeclared(
                f"the `build` of {agent.name} returns a handler for {', '.join(undeclared)}: add it to `{verb}`"
            )


class DeclarationCheck:
    """Each method raises `Misdeclared` for a subject name that the agent does not declare for this use."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent.name
        self._says = _families(agent.says) | {family(DEAD_LETTER.filter_of(agent=agent.name))}
        self._keeps = _families(agent.keeps)
        self._views = _families(agent.views)
        self._asks = {ask.name for ask in agent.asks}
        self._reads = self._says | self._keeps | self._views | _families((*agent.hears, *agent.reads))

    def commits(self, commit: Commit) -> None:
        """Everything that the commit writes."""
        for fact in commit.facts:
            self.says(fact.addressed.name)
        for write in commit.states:
            self.keeps(write.addressed.name)
        for removal in commit.removals:
            self.keeps(removal.key.name)

    def says(self, name: str) -> None:
        """A fact to emit."""
        if not _within(name, self._says):
            raise self._undeclared("says", name, "says")

    def keeps(self, name: str) -> None:
        """A state to write or remove."""
        if not _within(name, self._keeps):
            raise self._undeclared("writes", name, "keeps")

    def views(self, name: str) -> None:
        """States to follow."""
        if not _within(name, self._views):
            raise self._undeclared("follows", name, "views")

    def reads(self, name: str) -> None:
        """Messages to look up; what the agent hears, follows or writes is included."""
        if not _within(name, self._reads):
            raise self._undeclared("looks up", name, "reads")

    def asks(self, name: str) -> None:
        """A question to another agent."""
        if name not in self._asks:
            raise self._undeclared("asks", name, "asks")

    def _undeclared(self, does: str, name: str, where: str) -> Misdeclared:
        return Misdeclared(f"{self._agent} {does} {name} and does not declare it: add it to `{where}`")


def _families(subjects: Iterable[Subject[Any]]) -> frozenset[str]:
    return frozenset(family(subject.filter) for subject in subjects)


def _within(name: str, families: frozenset[str]) -> bool:
    own = family(name)
    return own in families or f"{own.partition('.')[0]}.*" in families

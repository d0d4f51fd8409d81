"""Which handler hears a message, by its subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bus.agent import Agent, Handler
from contracts.subject import Subject


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    subject: Subject[Any]
    handler: Handler


class Routes:
    """Raises `ValueError` for a subject the agent declares to hear and has no handler for."""

    def __init__(self, agent: Agent, handlers: Mapping[Subject[Any], Handler]) -> None:
        if deaf := [subject.pattern for subject in agent.hears if subject not in handlers]:
            raise ValueError(f"{agent.name} has no handler for {', '.join(deaf)}, which it declares to hear")
        self._routes = {s.pattern.split(".{", 1)[0]: Route(s, handler) for s, handler in handlers.items()}

    def of(self, name: str) -> Route | None:
        """The longest pattern that the name begins with."""
        while name not in self._routes:
            name = name.rpartition(".")[0]
            if not name:
                return None
        return self._routes[name]

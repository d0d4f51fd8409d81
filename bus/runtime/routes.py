"""Finds the handler of a message by its subject."""

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
    """Raises `ValueError` for a subject that the agent declares to hear and has no handler for."""

    def __init__(self, agent: Agent, handlers: Mapping[Subject[Any], Handler]) -> None:
        if missing := [subject.pattern for subject in agent.hears if subject not in handlers]:
            raise ValueError(f"{agent.name} has no handler for {', '.join(missing)}, which it declares to hear")
        self._routes = {s.pattern.split(".{", 1)[0]: Route(s, handler) for s, handler in handlers.items()}

    def of(self, name: str) -> Route | None:
        """The route of the longest pattern with which the subject begins."""
        while name not in self._routes:
            name = name.rpartition(".")[0]
            if not name:
                return None
        return self._routes[name]

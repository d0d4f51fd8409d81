"""Finds the handler of a message by its subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bus.agent import Handler
from contracts.subject import Subject


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    subject: Subject[Any]
    handler: Handler


class Routes:
    def __init__(self, handlers: Mapping[Subject[Any], Handler]) -> None:
        self._routes = {s.pattern.split(".{", 1)[0]: Route(s, handler) for s, handler in handlers.items()}

    def of(self, name: str) -> Route | None:
        """The route of the longest pattern with which the subject begins."""
        while name not in self._routes:
            name = name.rpartition(".")[0]
            if not name:
                return None
        return self._routes[name]

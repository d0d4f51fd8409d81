"""From a fact about a booking to the message a person gets. Pure: no IO, no clock; places and templates are arguments."""

from agents.notifier.domain.notice import Notice, superseded
from agents.notifier.domain.places import Place
from agents.notifier.domain.story import KINDS, Kind, Story, story_of
from agents.notifier.domain.writer import LANGUAGES, Templates, Writer

__all__ = [
    "KINDS", "LANGUAGES", "Kind", "Notice", "Place", "Story", "Templates", "Writer", "story_of",
    "superseded",
]  # fmt: skip

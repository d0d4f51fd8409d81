"""From a fact about a booking to the letter a party reads. Pure: no IO, no clock; airports and templates are arguments."""

from agents.notifier.domain.airports import AirportInfo
from agents.notifier.domain.known import Known
from agents.notifier.domain.languages import LANGUAGES, LetterLanguage
from agents.notifier.domain.letter import Letter, is_superseded
from agents.notifier.domain.merging import is_diverted
from agents.notifier.domain.pauses import pause_after
from agents.notifier.domain.pointless import is_pointless
from agents.notifier.domain.story import KINDS, Kind, Story, story_of
from agents.notifier.domain.wording import Wording
from agents.notifier.domain.writer import Template, Templates, Writer

__all__ = [
    "KINDS", "LANGUAGES", "AirportInfo", "Kind", "Known", "Letter", "LetterLanguage", "Story", "Template", "Templates",
    "Wording", "Writer", "is_diverted", "is_pointless", "is_superseded", "pause_after", "story_of",
]  # fmt: skip

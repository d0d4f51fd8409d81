"""From a fact about a booking to the letter a party reads. Pure: no IO, no clock; airports and templates are arguments."""

from agents.notifier.domain.airports import AirportInfo
from agents.notifier.domain.known import Known
from agents.notifier.domain.languages import LANGUAGES, LetterLanguage
from agents.notifier.domain.letter import Letter, NoLetter, is_superseded
from agents.notifier.domain.merging import is_diverted
from agents.notifier.domain.new_seats import NewSeats, is_latest, new_seats, notified
from agents.notifier.domain.pauses import pause_after
from agents.notifier.domain.pointless import is_pointless
from agents.notifier.domain.reported import Reported, about_the_trip, has_ended
from agents.notifier.domain.requested import Answer, RequestLetter, done_letter, refused_letter
from agents.notifier.domain.rights import RightsLetter, Stated, rights_of
from agents.notifier.domain.story import KINDS, Kind, Story, story_of
from agents.notifier.domain.wording import Wording
from agents.notifier.domain.writer import APART, Template, Templates, Writer

__all__ = [
    "APART", "KINDS", "LANGUAGES", "AirportInfo", "Answer", "Kind", "Known", "Letter", "LetterLanguage", "NewSeats",
    "NoLetter", "Reported", "RequestLetter", "RightsLetter", "Stated", "Story", "Template", "Templates", "Wording", "Writer",
    "about_the_trip", "done_letter", "has_ended", "is_diverted", "is_latest", "is_pointless", "is_superseded", "new_seats",
    "notified", "pause_after", "refused_letter", "rights_of", "story_of",
]  # fmt: skip

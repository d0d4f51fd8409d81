"""Rules that begin at an instant: which of a folder's files hold then, and when others will."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.rules import Rules
from policy.reaccommodation.adopting import adopted
from policy.reaccommodation.model import ReaccommodationFile


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """The settings of everybody, and the files that come over them, as they were read."""

    base: Rules
    files: Sequence[ReaccommodationFile] = ()

    def at(self, now: datetime) -> Rules:
        """The set that holds at this instant."""
        return adopted(self.base, self.files, at=now)

    def next_start(self, now: datetime) -> datetime | None:
        """When another file begins after this instant; None: none does."""
        starts = (file.reaccommodation.starts for file in self.files)
        return min((at for at in starts if at is not None and at > now), default=None)

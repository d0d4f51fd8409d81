"""What a shadow decides stays in it: no message of its agents is in another system, and no letter has left it."""

from contracts.notices import NOTICE_SENT
from irops.audit.findings import Findings
from irops.audit.streams import Streams

_KEEPS = "maildir"
"""The one channel that keeps letters and passes none on."""


def acted_in_shadow(streams: Streams) -> Findings:
    """Each message of a shadow where the system is none; where it is one, each letter that its notifier has sent."""
    found = Findings()
    if not streams.is_shadow:
        for subject in sorted(streams.written_in_shadow):
            found.add(f"{subject} was written by an agent of a shadow")
        return found
    for sent in streams.sent:
        if sent.channel != _KEEPS and NOTICE_SENT.of(sent).name in streams.written_in_shadow:
            found.add(f"{sent.pnr} has a letter by {sent.channel} from a shadow")
    return found

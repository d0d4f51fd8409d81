"""Journeys whose party has asked to be given no other trip: whether the waitlist has that, and none was given."""

from collections import defaultdict
from collections.abc import Iterator

from contracts.ledger import BookingStranded, JourneyKey
from contracts.requests import RequestDone
from irops.audit.journeys import Steps
from irops.audit.streams import Streams


def left_otherwise(streams: Streams, steps: Steps) -> Iterator[str]:
    """Journeys that wait otherwise than their requests leave them, or were moved after those, each in one line."""
    left: defaultdict[JourneyKey, int] = defaultdict(int)
    for sequence, answer in streams.answered:
        for number in answer.wanted.leave if isinstance(answer, RequestDone) else ():
            left[answer.pnr, number] = max(sequence, left[answer.pnr, number])
    decided = {(fact.pnr, fact.journey, fact.id) for _, fact in streams.facts if not isinstance(fact, BookingStranded)}
    for key, since in sorted(left.items()):
        later = next((step for step in steps.get(key, ()) if step.sequence > since), None)
        if later is not None and (*key, later.id) in decided:
            yield f"{key[0]} journey {key[1]} was given a trip by {later.id}, and had asked for none"
    for key, entry in sorted(streams.waiting.items()):
        since = left.get(key, 0)
        has_left = bool(since) and not any(step.sequence > since for step in steps.get(key, ()))
        if key[0] not in streams.expired and entry.left != has_left and (streams.whole or has_left):
            yield f"{key[0]} journey {key[1]} waits for {'nothing' if entry.left else 'a trip'}, otherwise than it has asked"

"""A scripted public: what a party does when it is asked whether it takes another trip, and when it answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from bus import derived_id
from contracts.offers import OfferAnswered, TripOffered
from simulation.draws import generator, table

Reaction = Literal["first", "another", "decline", "silence"]

REACTIONS: Final[tuple[Reaction, ...]] = table({"first": 560, "another": 120, "decline": 120, "silence": 200})
"""In thousandths: our assumption. `another`: a later trip of the offer; where there is none, the first."""
MINUTES: Final[tuple[tuple[int, int], ...]] = table({(1, 9): 400, (10, 44): 350, (45, 119): 200, (120, 240): 50})
"""After so many minutes, from and to, an answer comes: our assumption, in thousandths. Some come too late. They are whole ones,
so that a replay in lock-step has few instants more."""
REPEATED: Final = 0.05
"""Share of the answers that are sent once more, a few minutes later: our assumption."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and when it is given."""

    at: datetime
    answer: OfferAnswered
    repeated_at: datetime | None
    """When it is sent once more, if it is."""


def reply_to(offer: TripOffered, *, seed: int) -> Reply | None:
    """Get a party's answer to an offer; None: it gives none, or is not the one that is asked. The same seed gives the same
    answer, whatever else was asked."""
    if offer.answerer != "party":
        return None
    rng = generator(seed, "reply", offer.pnr, offer.id)
    reaction = REACTIONS[int(rng.random() * 1000)]
    at = offer.decided_at + timedelta(minutes=rng.randint(*MINUTES[int(rng.random() * 1000)]))
    others, again = offer.options[1:], timedelta(minutes=rng.randint(1, 10))
    option = rng.choice(others) if reaction == "another" and others else ""
    is_repeated = rng.random() < REPEATED
    if reaction == "silence":
        return None
    answer = OfferAnswered(
        pnr=offer.pnr,
        journey=offer.journey,
        id=derived_id("reply", offer.pnr, offer.id),
        offer=offer.id,
        answer="leave" if reaction == "decline" else "take",
        option=option,
        by="party",
        made_at=at,
    )
    return Reply(at, answer, at + again if is_repeated else None)

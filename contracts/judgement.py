"""What a passenger's remark was understood to ask for, and what came of it.

Wishes narrow or reorder the legal trips of a party. They never make an illegal one legal, and never strand anybody: where
nothing meets them all the party is given the nearest trip, and is told what could not be met.
"""

from typing import Literal

from msgspec import Struct

from contracts.flights import Instant
from contracts.names import Airport, Cabin

Wish = Literal["arrive_by", "depart_after", "airports", "nonstop", "cabin", "together", "needs"]
Need = Literal["WCHR", "WCHS", "WCHC", "MEDA", "OXYG", "STCR", "BLND", "DEAF", "UMNR", "INFT", "PETC", "AVIH", "LANG"]
Term = Literal["delay", "early", "connection", "transfer", "downgrade", "upgrade", "carrier"]
"""What the cost of a trip is made of."""
Reason = Wish | Term
"""What a trip may be preferred for."""
Fallback = Literal[
    "off", "open", "busy", "deadline", "refused", "invalid", "http", "unreachable", "stale", "unchecked", "moved",
]  # fmt: skip
"""Why the rules decided after all. off: no model is configured. open, busy, deadline, refused, invalid, http, unreachable: the
model gave no answer, and why. stale: what it would have been told was too old. unchecked: its answer failed the check. moved:
the trip it chose was gone by then."""


class Wishes(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a remark asks for, in terms that code can check. Empty: nothing that bears on which trip to take."""

    arrive_by: Instant | None = None
    """The latest arrival."""
    depart_after: Instant | None = None
    """The earliest departure."""
    airports: tuple[Airport, ...] = ()
    """The trip begins at one of these."""
    nonstop: bool = False
    """No change of aircraft."""
    cabin: Cabin | None = None
    together: bool = False
    """The party is not split. No trip here splits one."""
    needs: tuple[Need, ...] = ()
    """Assistance the remark speaks of; it goes with the party, whatever the trip."""

    @property
    def asked(self) -> tuple[Wish, ...]:
        """The names of what is asked for, in the order of the fields."""
        given: dict[Wish, object] = {
            "arrive_by": self.arrive_by,
            "depart_after": self.depart_after,
            "airports": self.airports,
            "nonstop": self.nonstop,
            "cabin": self.cabin,
            "together": self.together,
            "needs": self.needs,
        }
        return tuple(wish for wish, value in given.items() if value)


class Judgement(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How a model had a part in a plan; or why it had none, though the party mattered enough to ask."""

    wishes: Wishes = Wishes()
    unmet: tuple[Wish, ...] = ()
    """With `keep`: those of the wishes that the present trip does not meet. An option says its own."""
    because: tuple[str, ...] = ()
    """The `Reason`s why the first option is preferred to others as good, each true of it; empty where none was chosen."""
    fallback: Fallback | None = None
    model: str = ""
    prompts: tuple[str, ...] = ()
    """Hashes of the prompts asked, in order."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_ms: float = 0.0

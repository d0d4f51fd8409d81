"""What a model read in a passenger's remark, and its part in the plan.

Wishes narrow or reorder the legal trips of a party. They never make an illegal trip legal, and never strand a party: if no trip
meets all of them, the party gets the nearest one, and its letter names the wishes that could not be met.
"""

from typing import Literal

from msgspec import Struct

from contracts.flights import Instant
from contracts.names import Airport, Cabin

Wish = Literal["arrive_by", "depart_after", "airports", "nonstop", "cabin", "together", "needs"]
Need = Literal["WCHR", "WCHS", "WCHC", "MEDA", "OXYG", "STCR", "BLND", "DEAF", "UMNR", "INFT", "PETC", "AVIH", "LANG"]
Term = Literal["delay", "early", "connection", "transfer", "downgrade", "upgrade", "carrier", "overlap"]
"""The terms of a trip's cost."""
Reason = Wish | Term
"""Why a trip may be preferred."""
Fallback = Literal[
    "off", "open", "busy", "deadline", "refused", "invalid", "http", "unreachable", "stale", "unchecked", "moved",
]  # fmt: skip
"""Why the rules decided without a model. off: none is configured. open, busy, deadline, refused, invalid, http, unreachable: it
gave no answer, and why. stale: the facts for its prompt were too old. unchecked: its answer failed the check. moved: the trip
it chose was taken meanwhile."""


class Wishes(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What a remark asks for, in terms that code can check. Empty: nothing that affects the choice of a trip."""

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
    """Assistance that the remark mentions. It applies to any trip."""

    @property
    def asked(self) -> tuple[Wish, ...]:
        """The names of the wishes, in the order of the fields."""
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


class Judgement(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A model's part in a plan, or why it had none although the party's case called for one."""

    wishes: Wishes = Wishes()
    unmet: tuple[Wish, ...] = ()
    """With `keep`: the wishes that the present trip does not meet. Each option has its own list."""
    because: tuple[str, ...] = ()
    """The `Reason`s why the first option is preferred to equally good ones, each true of it; empty if none was chosen."""
    fallback: Fallback | None = None
    model: str = ""
    prompts: tuple[str, ...] = ()
    """Hashes of the prompts, in order."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_ms: float = 0.0

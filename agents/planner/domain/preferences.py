"""Which of a party's wishes a trip meets. Wishes can only reorder legal trips."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.planner.domain.network import Availability
from contracts.judgement import Wish, Wishes
from contracts.names import Airport, Cabin, Id


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What a party asked for, and the option chosen for it among those that meet as many wishes as any, if one was."""

    wishes: Wishes = field(default_factory=Wishes)
    first: Id | None = None
    """The chosen option: ranked before all others that meet as many wishes."""


def unmet(
    wishes: Wishes, flights: Sequence[Availability], cabins: Sequence[Cabin], *, reached: Airport | None = None
) -> tuple[Wish, ...]:
    """The wishes that these flights, all that the party has still to fly, do not meet.

    `reached` is the airport that the party has been brought to; with it, wishes about the departure are past. `together` and
    `needs` are met by every trip: no plan splits a party, and its needs travel with it.
    """
    departs, arrives = flights[0].departs, flights[-1].arrives
    broken: dict[Wish, bool] = {
        "arrive_by": wishes.arrive_by is not None and arrives > wishes.arrive_by,
        "depart_after": wishes.depart_after is not None and reached is None and departs < wishes.depart_after,
        "airports": bool(wishes.airports) and reached is None and flights[0].origin not in wishes.airports,
        "nonstop": wishes.nonstop and len(flights) > 1,
        "cabin": wishes.cabin is not None and any(cabin != wishes.cabin for cabin in cabins),
    }
    return tuple(wish for wish, is_broken in broken.items() if is_broken)

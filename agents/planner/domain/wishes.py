"""Which of a party's wishes a trip meets: all that they can do is to reorder legal trips."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.planner.domain.network import Availability
from contracts.judgement import Wish, Wishes
from contracts.names import Airport, Cabin, Id


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a party asked for, and the option picked for it out of those that meet as much as any, if one was."""

    wishes: Wishes = field(default_factory=Wishes)
    first: Id | None = None


def unmet(
    wishes: Wishes, flights: Sequence[Availability], cabins: Sequence[Cabin], *, begun: Airport | None = None
) -> tuple[Wish, ...]:
    """The wishes that these flights, all that the party has still to fly, do not meet. `begun` is where the party has been
    brought to already: then when and from where it sets out is past. `together` and `needs` are met by any trip: none here
    splits a party, and its needs travel with it."""
    departs, arrives = flights[0].departs, flights[-1].arrives
    broken: dict[Wish, bool] = {
        "arrive_by": wishes.arrive_by is not None and arrives > wishes.arrive_by,
        "depart_after": wishes.depart_after is not None and begun is None and departs < wishes.depart_after,
        "airports": bool(wishes.airports) and begun is None and flights[0].origin not in wishes.airports,
        "nonstop": wishes.nonstop and len(flights) > 1,
        "cabin": wishes.cabin is not None and any(cabin != wishes.cabin for cabin in cabins),
    }
    return tuple(wish for wish, is_broken in broken.items() if is_broken)

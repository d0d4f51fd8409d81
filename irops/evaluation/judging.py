"""Each party's outcome compared with what is expected. Pure."""

from collections.abc import Iterator, Sequence
from typing import get_args

from msgspec import Struct

from contracts.judgement import Judgement, Wish, Wishes
from contracts.ledger import JourneyState
from contracts.names import Cabin, Pnr
from contracts.plans import PlannedLeg, PlanProposed
from irops.evaluation.case import Expected, Trip
from irops.evaluation.playing import Played

WISHES: tuple[Wish, ...] = get_args(Wish)


class Answer(Struct, frozen=True, kw_only=True):
    """One party of one case in one trial."""

    case: str
    pnr: Pnr
    wanted: Wishes | None
    understood: Wishes
    """By its last plan; empty if no model was asked."""
    wishes_right: bool
    """Also true if the reading does not count."""
    chosen: Trip
    """The flights of its last plan's first option, or those that the plan keeps."""
    option_right: bool
    state: JourneyState
    ended: Trip
    ledger_right: bool
    judgements: tuple[Judgement, ...]
    """Of its plans, in order."""

    @property
    def right(self) -> bool:
        """Wishes, option and ledger."""
        return self.wishes_right and self.option_right and self.ledger_right


def judge(played: Played) -> Iterator[Answer]:
    """An answer for each party with an expectation."""
    for pnr, expected in played.case.expected.items():
        plans = played.plans.get(pnr, ())
        judgements = tuple([plan.judgement for plan in plans if plan.judgement is not None])
        understood = judgements[-1].wishes if judgements else Wishes()
        chosen, cabins = _chosen(plans)
        (journey,) = played.bookings[pnr].journeys
        ended = tuple([leg.flight for leg in journey.legs])
        yield Answer(
            case=played.case.name,
            pnr=pnr,
            wanted=expected.wishes,
            understood=understood,
            wishes_right=expected.wishes is None or not differing(expected.wishes, understood),
            chosen=chosen,
            option_right=chosen in (expected.options or ((),)) and _in_cabin(cabins, expected),
            state=journey.state,
            ended=ended,
            ledger_right=journey.state == expected.state
            and ended in expected.ends
            and _in_cabin([leg.cabin for leg in journey.legs], expected),
            judgements=judgements,
        )


def differing(wanted: Wishes, understood: Wishes) -> tuple[Wish, ...]:
    """The wishes in which the two differ; lists are compared as sets."""
    return tuple(wish for wish in WISHES if _value(wanted, wish) != _value(understood, wish))


def _value(wishes: Wishes, wish: Wish) -> object:
    value = getattr(wishes, wish)
    return frozenset(value) if isinstance(value, tuple) else value


def _chosen(plans: Sequence[PlanProposed]) -> tuple[Trip, list[Cabin]]:
    legs: tuple[PlannedLeg, ...] = ()
    if plans and plans[-1].verdict == "move":
        legs = plans[-1].options[0].legs
    elif plans and plans[-1].verdict == "keep":
        legs = plans[-1].legs
    return tuple([leg.flight for leg in legs]), [leg.cabin for leg in legs]


def _in_cabin(cabins: Sequence[Cabin], expected: Expected) -> bool:
    return expected.cabin is None or set(cabins) <= {expected.cabin}

"""Decisions under a brake, moves beyond a cap, and brakes that contradict one another."""

from collections.abc import Sequence
from dataclasses import replace as but
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.brakes import Brake, BrakedJourney, BrakeEnded, Brakes, BrakeSet, PutAside, Scope
from contracts.ledger import BookingChanged, BookingKept
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import DEAD, FINE, LATE, NOW, sound

MINUTE = timedelta(minutes=1)
FIGURE = "decided_under_a_brake"
EVERYTHING = Scope()


def brake(scope: Scope = EVERYTHING, *, n: int = 1, **more: Any) -> Brake:
    return Brake(n=n, scope=scope, by="ops", why="fog", since=NOW - MINUTE, **more)


def with_brakes(
    *brakes: tuple[int, Brake], ended: Sequence[tuple[int, BrakeEnded]] = (), streams: Streams | None = None
) -> Streams:
    """The world with these brakes, each with its sequence in the ledger, where the facts are at 11, 12 and 13."""
    over = {end.n for _, end in ended}
    in_force = Brakes(brakes=tuple([each for _, each in brakes if each.n not in over]), last=len(brakes))
    return but(
        streams or sound(),
        brakes=[(at, BrakeSet(n=each.n, brake=each)) for at, each in brakes],
        brakes_ended=list(ended),
        brakes_in_force=[in_force],
    )


def ended(brake: Brake, *, by: str = "ops", **more: Any) -> BrakeEnded:
    return BrakeEnded(n=brake.n, scope=brake.scope, at=NOW, by=by, **more)


def found(streams: Streams) -> tuple[str, ...]:
    """The findings of this figure; no other has any."""
    findings = dict(audit(streams).findings)
    own = findings.pop(FIGURE, ())
    assert findings == {}
    return own


def decided(pnr: str, n: int = 1, on: object = "everything") -> str:
    return f"{pnr} was decided by p{pnr} under brake {n}, on {on}"


def test_whatever_was_decided_under_a_brake_is_found() -> None:
    """Moved, kept or stranded; not what came before it."""
    assert found(with_brakes((1, brake()))) == (decided("R"), decided("K"), decided("S"))
    assert found(with_brakes((12, brake()))) == (decided("S"),)
    assert found(with_brakes((14, brake()))) == ()


def test_nothing_is_under_a_brake_that_has_ended() -> None:
    """By an operator's word in the ledger before it, or by its time."""
    one = brake()
    assert found(with_brakes((1, one), ended=[(10, ended(one))])) == ()
    assert found(with_brakes((1, one), ended=[(12, ended(one))])) == (decided("R"), decided("K"))
    timed = brake(until=NOW)
    assert found(but(with_brakes((1, timed)), now=NOW)) == ()


@pytest.mark.parametrize(
    ("scope", "pnrs"),
    [
        (Scope(airport="SFO"), "RKS"),
        (Scope(airport="JFK"), "RKS"),
        (Scope(airport="BOS"), ""),
        (Scope(carrier="B6"), "RKS"),
        (Scope(carrier="DL"), ""),
        (Scope(flight=LATE), "RK"),
        (Scope(flight=DEAD), "RS"),
        (Scope(flight=FINE), ""),
    ],
)
def test_a_brake_is_on_the_flights_that_a_party_had_and_those_that_it_has_got(scope: Scope, pnrs: str) -> None:
    """And on where they leave and land."""
    assert found(with_brakes((1, brake(scope)))) == tuple([decided(pnr, on=scope) for pnr in pnrs])


def moved_twice(apart: timedelta) -> Streams:
    """The world, where K was moved too, so long after R."""
    streams = sound()
    facts = dict(streams.facts)
    kept = facts[12]
    assert isinstance(kept, BookingKept)
    moved = BookingChanged(
        pnr="K", id="pK", reason="retimed", before=kept.before, after=kept.after,
        language="en", contact="", decided_at=NOW + apart,
    )  # fmt: skip
    return but(streams, facts=[*((at, fact) for at, fact in facts.items() if at != 12), (12, moved)])


@pytest.mark.parametrize(("apart", "cap", "too_many"), [(0, 1, True), (59, 1, True), (60, 1, False), (0, 2, False)])
def test_more_moves_within_a_minute_than_a_cap_lets_through_are_found(apart: int, cap: int, too_many: bool) -> None:
    streams = with_brakes((1, brake(moves_a_minute=cap)), streams=moved_twice(timedelta(seconds=apart)))
    expected = ("2 journeys were moved within a minute, and brake 1 lets 1 through",)
    assert audit(streams).findings.get(FIGURE, ()) == (expected if too_many else ())


def test_a_cap_is_on_moves_alone_and_on_its_scope() -> None:
    assert found(with_brakes((1, brake(moves_a_minute=1)))) == ()
    other = brake(Scope(carrier="DL"), moves_a_minute=1)
    assert FIGURE not in audit(with_brakes((1, other), streams=moved_twice(timedelta(0)))).findings


def waits(pnr: str, n: int = 1) -> BrakedJourney:
    plans = (PutAside(id="p", reason="cancelled"),)
    return BrakedJourney(pnr=pnr, journey=1, brake=n, since=NOW, order=1, plans=plans)


def test_who_waits_for_a_brake_in_force_need_not_be_answered_yet() -> None:
    """And who waits for nothing has to be: it would wait for ever."""
    streams = sound()
    before = streams.seats[LATE]
    dead = replace(streams.seats[DEAD], holders={"R": before.holders["R"]}, services=before.services)
    late = replace(before, holders={"K": before.holders["K"]}, services={})
    (fact,) = [fact for _, fact in streams.facts if fact.pnr == "R"]
    (journey,) = streams.bookings["R"].journeys
    unmoved = replace(journey, legs=fact.before, state="ticketed", last_fact="")
    streams = but(
        streams,
        bookings={**streams.bookings, "R": replace(streams.bookings["R"], journeys=(unmoved,))},
        seats={**streams.seats, DEAD: replace(dead, lost_by={"S": 1}), LATE: late},
        facts=[(at, each) for at, each in streams.facts if each.pnr != "R"],
        sent=[each for each in streams.sent if each.pnr != "R"],
    )
    assert {"parties_on_dead_flights", "unanswered_parties"} <= audit(streams).findings.keys()
    braked = but(with_brakes((20, brake()), streams=streams), braked={("R", 1): waits("R")})
    assert audit(braked).findings == {}
    over = but(with_brakes((20, brake()), ended=[(21, ended(brake()))], streams=streams), braked={("R", 1): waits("R")})
    assert {"parties_on_dead_flights", "unanswered_parties", FIGURE} <= audit(over).findings.keys()
    lost = with_brakes((20, brake()), streams=streams)
    assert {"parties_on_dead_flights", "unanswered_parties"} <= audit(lost).findings.keys()


def test_a_journey_that_waits_for_a_brake_that_is_over_is_found() -> None:
    streams = but(sound(), braked={("T", 1): waits("T", n=4)})
    assert found(streams) == ("T journey 1 waits for brake 4, which is in force no more",)


ONE, TWO = brake(Scope(carrier="DL")), brake(Scope(airport="ORD"), n=2)


@pytest.mark.parametrize(
    ("streams", "why"),
    [
        (with_brakes((21, TWO)), "brakes are numbered [2]"),
        (but(with_brakes((21, ONE)), brakes_in_force=[]), "the brakes in force are not those"),
        (
            but(with_brakes((21, ONE)), brakes_in_force=[Brakes(brakes=(ONE,), last=2)]),
            "the state of the brakes is not",
        ),
        (with_brakes((21, ONE), ended=[(22, ended(ONE)), (23, ended(ONE))]), "a brake ended twice"),
        (
            but(with_brakes((21, ONE)), brakes_in_force=[Brakes(brakes=(TWO,), last=1)]),
            "the brakes in force are not those",
        ),
        (with_brakes((21, ONE), ended=[(20, ended(ONE))]), "brake 1 ended as it cannot have ended"),
        (with_brakes((21, ONE), ended=[(22, ended(ONE, by=""))]), "brake 1 ended as it cannot have ended"),
        (with_brakes((21, ONE), ended=[(22, replace(ended(ONE), scope=EVERYTHING))]), "brake 1 ended as it cannot"),
        (with_brakes(ended=[(22, ended(ONE))]), "brake 1 ended and was never set"),
        (
            with_brakes((21, ONE), (23, TWO), ended=[(22, ended(ONE, replaced_by=2))]),
            "brake 1 was replaced by 2, which cannot replace it",
        ),
    ],
)
def test_brakes_that_contradict_one_another_are_found(streams: Streams, why: str) -> None:
    assert any(why in each for each in found(streams))

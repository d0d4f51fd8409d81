"""Reports about wishes: a false one is a fault, and true ones are counted for the report."""

from collections.abc import Iterator
from dataclasses import replace as but
from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.judgement import Judgement, Wish, Wishes
from contracts.ledger import BookingChanged, BookingFact, Leg
from contracts.plans import PlanProposed
from contracts.reservations import BookingAmended, PartySummary
from contracts.rules import Rules
from irops.audit import RemarkFigures, Streams, audit, fell_back, remark_figures
from tests.irops.audit.audit_world import LATE, NOW, by, flight, hours, key, leg, sound, with_booking
from tests.single_journey import altered

R = replace(sound().bookings["R"], party=replace(sound().bookings["R"].party, remark="As you read it."))
"""Rebooked to B6.2, JFK to SFO in economy, leaving two hours from now and landing eight hours from now."""
WORLD = with_booking(sound(), R)
MINUTE = timedelta(minutes=1)


def reporting(
    wishes: Wishes | None, *unmet: Wish, streams: Streams = WORLD, because: tuple[str, ...] | None = None
) -> Streams:
    """The world in which R's fact has these wishes, and these reasons for its trip."""
    reason = {"because": because} if because is not None else {}

    def facts() -> Iterator[tuple[int, BookingFact]]:
        for sequence, fact in streams.facts:
            yield sequence, replace(fact, wishes=wishes, unmet=unmet, **reason) if fact.pnr == "R" else fact

    return but(streams, facts=tuple(facts()))


def on(*legs: Leg) -> Streams:
    """The world in which R was moved to these flights."""
    facts = [(at, replace(fact, after=legs) if isinstance(fact, BookingChanged) else fact) for at, fact in WORLD.facts]
    return but(with_booking(WORLD, altered(R, legs=legs)), facts=facts)


def onward(*, departs: float = 9) -> Leg:
    return leg(flight(key(9, "SFO"), "LAX", departs=hours(departs), block=hours(1))[1])


BROKEN = [
    pytest.param(Wishes(arrive_by=NOW + hours(8) - MINUTE), id="too late"),
    pytest.param(Wishes(depart_after=NOW + hours(2) + MINUTE), id="too early"),
    pytest.param(Wishes(airports=("LGA", "EWR")), id="another airport"),
    pytest.param(Wishes(cabin="first"), id="another cabin"),
]
KEPT = [
    pytest.param(Wishes(arrive_by=NOW + hours(8)), id="just in time"),
    pytest.param(Wishes(depart_after=NOW + hours(2)), id="not before"),
    pytest.param(Wishes(airports=("EWR", "JFK")), id="one of the airports"),
    pytest.param(Wishes(nonstop=True), id="non-stop"),
    pytest.param(Wishes(cabin="economy"), id="the cabin"),
    pytest.param(Wishes(together=True, needs=("WCHR",)), id="not in the legs"),
    pytest.param(Wishes(), id="nothing"),
    pytest.param(None, id="nothing read"),
]


@pytest.mark.parametrize("wishes", BROKEN)
def test_a_wish_reported_as_met_that_is_not_is_found(wishes: Wishes) -> None:
    """By the legs of the booking."""
    judged = audit(reporting(wishes))
    assert judged.figures["wishes_misreported"] == 1
    assert judged.findings == {
        "wishes_misreported": (f"R is notified of {wishes.asked[0]} as met, which {LATE} does not meet",)
    }


@pytest.mark.parametrize("wishes", BROKEN)
def test_a_wish_reported_as_unmet_is_no_fault(wishes: Wishes) -> None:
    """The party knows."""
    assert audit(reporting(wishes, *wishes.asked)).clean


@pytest.mark.parametrize("wishes", KEPT)
def test_a_wish_that_is_met_is_no_fault(wishes: Wishes | None) -> None:
    """To the minute."""
    assert audit(reporting(wishes)).clean


@pytest.mark.parametrize(
    ("streams", "faults"),
    [
        pytest.param(reporting(Wishes(nonstop=True), because=("nonstop", "delay")), 0, id="a wish that is met"),
        pytest.param(reporting(None, because=("transfer",)), 0, id="a cost, which is not looked up"),
        pytest.param(reporting(Wishes(cabin="first"), "cabin", because=("cabin",)), 1, id="a wish that is not met"),
        pytest.param(reporting(Wishes(nonstop=True), because=("arrive_by",)), 1, id="a wish they do not have"),
        pytest.param(reporting(None, because=("arrive_by",)), 1, id="a wish where none was read"),
    ],
)
def test_a_trip_preferred_for_a_wish_has_to_meet_it(streams: Streams, faults: int) -> None:
    """A reason in a letter has to be true."""
    assert audit(streams).figures["wishes_misreported"] == faults


def test_a_change_of_planes_is_found() -> None:
    """Two flights are not non-stop."""
    assert (
        audit(reporting(Wishes(nonstop=True), streams=on(*R.journeys[0].legs, onward()))).figures["wishes_misreported"]
        == 1
    )


@pytest.mark.parametrize(("then", "now", "found"), [(True, False, 1), (False, True, 0)])
def test_a_wish_for_the_way_out_binds_by_the_cities_of_that_day(then: bool, now: bool, found: int) -> None:
    """R leaves from LaGuardia, too early for its wish, with a ticket from Kennedy: at home by one set of rules only."""
    sets = [Rules() if one else Rules(cities={}) for one in (then, now)]
    wishes = Wishes(depart_after=NOW + hours(4))
    away = on(leg(flight(key(9, "LGA"), departs=hours(3))[1]))
    world = by(reporting(wishes, streams=away), *sets, decided=1)
    assert audit(world).figures["wishes_misreported"] == found


def test_a_party_counts_once_however_much_was_misreported() -> None:
    """And all of it is named."""
    wishes = Wishes(arrive_by=NOW, airports=("EWR",), cabin="first", nonstop=True)
    judged = audit(reporting(wishes, "nonstop"))
    assert judged.figures["wishes_misreported"] == 1
    assert "arrive_by, airports, cabin" in judged.findings["wishes_misreported"][0]


def test_the_flown_part_of_a_trip_is_not_judged() -> None:
    """Neither when and where the trip began, nor the flights and cabins before: only what lay ahead."""
    flown = replace(R.journeys[0].legs[0], departs=NOW - hours(2), arrives=NOW + hours(4), cabin="first")
    wishes = Wishes(depart_after=NOW, airports=("EWR",), nonstop=True, cabin="economy", arrive_by=NOW + hours(10))
    assert audit(reporting(wishes, streams=on(flown, onward()))).figures["wishes_misreported"] == 0
    late = replace(wishes, arrive_by=NOW + hours(10) - MINUTE)
    assert audit(reporting(late, streams=on(flown, onward()))).figures["wishes_misreported"] == 1


def test_a_party_stranded_on_the_way_could_not_choose_where_to_continue() -> None:
    """Their trip, found after a wait, begins in Los Angeles, whatever they had asked for in New York."""
    wishes = Wishes(airports=("EWR",), depart_after=NOW + hours(12))
    elsewhere = leg(flight(key(9, "LAX"), "SFO", departs=hours(9))[1])
    assert audit(reporting(wishes, streams=on(elsewhere))).figures["wishes_misreported"] == 0
    at_home = leg(flight(key(9, "LGA"), "SFO", departs=hours(9))[1])
    assert audit(reporting(wishes, streams=on(at_home))).figures["wishes_misreported"] == 1


def test_a_flight_that_had_landed_when_it_was_decided_is_as_late_as_it_was() -> None:
    """Its time changed without a fact, and was not promised any more."""
    landed = replace(R.journeys[0].legs[0], departs=NOW - hours(7), arrives=NOW - hours(1))
    assert audit(reporting(Wishes(arrive_by=NOW - hours(2)), streams=on(landed))).figures["wishes_misreported"] == 0


EARLIER = (1, reporting(Wishes(cabin="first")).facts[0][1])
"""A fact about R before its own that reports a wish falsely."""


def test_an_earlier_fact_counts_too() -> None:
    """The party has read its letter, whatever the next one says."""
    assert audit(but(WORLD, facts=(EARLIER, *WORLD.facts))).figures["wishes_misreported"] == 1


@pytest.mark.parametrize(("changed", "count"), [("remark", 0), ("contact", 1)])
def test_what_was_read_in_another_remark_is_not_judged(changed: str, count: int) -> None:
    """The reservation system has given the party another one since."""
    party = PartySummary(passengers=2, seats=2)
    amended = BookingAmended(pnr="R", id="a1", version=1, before=party, after=party, changed=(changed,), decided_at=NOW)
    streams = but(WORLD, facts=(EARLIER, *WORLD.facts), amended=[(5, amended)])
    assert audit(streams).figures["wishes_misreported"] == count


def test_remarks_are_counted_by_whether_all_wishes_are_met() -> None:
    """One per party, by its latest fact; stranded parties, and those without wishes, are left out."""
    one, two = reporting(Wishes(nonstop=True)), reporting(Wishes(nonstop=True, cabin="first"), "cabin")
    assert remark_figures(audit(one).latest.values()) == RemarkFigures(met=1, unmet=0)
    assert remark_figures(audit(two).latest.values()) == RemarkFigures(met=0, unmet=1)
    for nothing in (None, Wishes()):
        assert remark_figures(audit(reporting(nothing)).latest.values()) == RemarkFigures(met=0, unmet=0)


@pytest.mark.parametrize(
    ("judgement", "counts"),
    [(None, False), (Judgement(), False), (Judgement(fallback="off"), False), (Judgement(fallback="deadline"), True)],
    ids=["rules", "model", "no model", "fell back"],
)
def test_a_plan_fell_back_if_a_model_was_meant_to_take_part(judgement: Judgement | None, counts: bool) -> None:
    """Without a model configured the rules decide as usual."""
    plan = PlanProposed(
        pnr="R",
        id="pR",
        verdict="none",
        reason="cancelled",
        booking_revision=1,
        as_of=1,
        planned_at=NOW,
        judgement=judgement,
    )
    assert fell_back(plan) is counts


def test_a_party_without_a_remark_has_no_wishes() -> None:
    """What it is notified of as its wish, it has not written."""
    silent = with_booking(reporting(Wishes(nonstop=True)), sound().bookings["R"])
    assert audit(silent).findings == {"wishes_misreported": ("R is notified of wishes, and has written none",)}

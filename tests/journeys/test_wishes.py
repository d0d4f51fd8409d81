"""From a plan with wishes to the letter about them."""

from datetime import timedelta
from pathlib import Path

from bus import derived_id
from contracts.judgement import Judgement, Wish, Wishes
from contracts.ledger import BOOKING, BookingChanged
from contracts.names import FlightKey, Pnr
from contracts.plans import PLAN_PROPOSED, Option, PlannedLeg, PlanProposed
from irops.audit import RemarkFigures, audit, remark_figures
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import System, living

UNFOUNDED = ("misinformed_parties",)
"""These plans are the test's own: no flight has given the reason that they name."""


def option(world: World, flight: FlightKey, *unmet: Wish) -> Option:
    leg = PlannedLeg(flight=flight, cabin="economy", last_disruption=0)
    arrives = world.flights[flight].arrives
    return Option(id=derived_id(flight), legs=(leg,), arrives=arrives, cost=0, terms={}, unmet=unmet)


async def propose(system: System, pnr: Pnr, *options: Option, judgement: Judgement) -> None:
    """Publish a plan as the planner does; return once no work is pending."""
    held = (await system.bus.load([key := BOOKING.key(pnr=pnr)]))[key]
    assert held is not None
    plan = PlanProposed(
        pnr=pnr,
        id="asked",
        verdict="move",
        reason="retimed",
        booking_revision=held.revision,
        as_of=held.revision,
        options=options,
        planned_at=T0 + timedelta(minutes=1),
        rules=1,
        judgement=judgement,
    )
    await system.bus.append(PLAN_PROPOSED.of(plan), identity=plan.id)
    await system.settled()


async def test_an_unmet_wish_is_in_booking_letter_and_count(tmp_path: Path) -> None:
    """The first option is full, so the party gets the one that is too late, and reads that it is."""
    world = World()
    ticketed, full, late = world.flight(1, leaves=6), world.flight(2, leaves=7, economy=0), world.flight(3, leaves=9)
    pnr = world.party("ANA", ticketed, remark="Must be there before two, my sister's wedding.")
    wishes = Wishes(arrive_by=T0 + hours(14), nonstop=True)

    judgement = Judgement(wishes=wishes, because=("arrive_by",))
    async with living(world, tmp_path, but=UNFOUNDED) as system:
        await propose(system, pnr, option(world, full), option(world, late, "arrive_by"), judgement=judgement)
        end = await system.end()
    (fact,) = end.facts(pnr)
    assert isinstance(fact, BookingChanged)
    assert (fact.after[0].flight, fact.wishes, fact.unmet) == (late, wishes, ("arrive_by",))
    assert fact.because == ()
    (letter,) = end.letters(pnr)
    assert "This could not be met: this trip arrives at 7:00 PM." in letter.get_content()
    assert remark_figures(audit(end.streams).latest.values()) == RemarkFigures(met=0, unmet=1)


async def test_the_reason_for_a_trip_is_in_the_letter_in_our_words(tmp_path: Path) -> None:
    """From the plan through the booker's fact to the letter, by name; a reason that is no known name is left out."""
    world = World()
    ticketed, near, late = world.flight(1, leaves=1.25), world.flight(2, leaves=7), world.flight(3, leaves=9)
    pnr = world.party("ANA", ticketed)
    judgement = Judgement(because=("delay", "a word of the model's", "transfer"))
    async with living(world, tmp_path, but=UNFOUNDED) as system:
        await propose(system, pnr, option(world, near), option(world, late), judgement=judgement)
        end = await system.end()
    (letter,) = end.letters(pnr)
    text = letter.get_content()
    assert "we chose this one because it arrives with less delay and it stays closer to your airports." in text
    assert "a word" not in text

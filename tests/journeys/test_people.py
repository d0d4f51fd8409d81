"""People with names: they are in the booking and nowhere else, whatever happens to it."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from msgspec import structs

from bus.operations import provisioned, stored
from contracts.asks import IMPORT_BOOKINGS, SHOW_PROMPT, ImportBookings, ShowPrompt
from contracts.ledger import BOOKING
from contracts.money import Money, PaidItem
from contracts.passengers import Passenger, Service
from contracts.requests import WISHED_NAMES, RequestDone, Wanted
from irops.audit import audit
from irops.commands.audit import verdict
from irops.commands.forget import forget_party
from irops.system.state import state_lines
from tests.journeys.requesting import FARES, asks, says_yes, sold
from tests.journeys.small_world import World
from tests.journeys.system import End, System, living
from tests.reservation_system import whole
from tests.single_journey import altered

PEOPLE = (
    Passenger(id="ZAPHOD-1", name="Zaphod Quux", age=117, services=(Service(ssr="WCHR"), Service(ssr="XYZW"))),
    Passenger(id="ZAPHOD-2", name="Trillian Quux", kind="adult"),
)
PERSONAL = re.compile(r'zaphod|trillian|quux|"age"|\b117\b', re.IGNORECASE)


async def personal(system: System, *, but: str = "") -> list[str]:
    """Messages of any stream that name a person, in their subject, headers or body, `but` those on one subject; and letters."""
    found = []
    for stream in await provisioned(system.bus.nc):
        async for raw in stored(system.bus.nc, stream):
            content = f"{raw.subject} {raw.headers} {raw.data.decode()}"
            if raw.subject != but and PERSONAL.search(content):
                found.append(content)
    letters = [path.read_text() for path in system.maildir.rglob("*") if path.is_file()]
    return found + [letter for letter in letters if PERSONAL.search(letter)]


async def test_names_and_ages_are_in_the_booking_and_nowhere_else(tmp_path: Path) -> None:
    """Not in facts, letters, prompts, refusals or the audit; and nothing of them is left once the party is forgotten."""
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, leaves=6)
    came = structs.replace(world.booking("NAMED", dead, seats=2, remark="We must be there by nine."), passengers=PEOPLE)
    alone = structs.replace(world.booking("ALONE", dead, seats=2), passengers=(PEOPLE[0], PEOPLE[0]))
    fare = PaidItem(kind="fare", price=Money(amount=Decimal(90), currency="USD"), passenger="ZAPHOD-1")
    unpaid = world.booking("UNPAID", dead)
    unpaid = structs.replace(unpaid, party=structs.replace(unpaid.party, paid=(fare,)))
    async with living(world, tmp_path) as system:
        imported = await system.bus.ask(IMPORT_BOOKINGS, ImportBookings(bookings=(came, alone, unpaid)))
        assert imported.refused == {
            "ALONE": "its passengers 1 and 2 have one id",
            "UNPAID": "its paid item 1 is for a passenger whom it does not have",
        }
        prompt = await system.bus.ask(SHOW_PROMPT, ShowPrompt(pnr="NAMED"))
        await system.hear(world.status(dead, cancelled=True))
        end = await system.end()
        booking = end.streams.bookings["NAMED"]
        assert (booking.passengers, booking.journeys[0].state) == (PEOPLE, "rebooked")
        assert len(end.letters("NAMED")) == 1
        assert await personal(system, but=BOOKING.key(pnr="NAMED").name) == []
        judged = audit(end.streams)
        shown = "\n".join(verdict(judged))
        assert "NAMED has XYZW, which no rule knows" in shown
        assert not PERSONAL.search(shown)
        assert not PERSONAL.search(f"{prompt.system} {prompt.user} {prompt.facts}")
        assert "XYZW" not in prompt.user
        await forget_party(system.bus, "NAMED")
        assert await personal(system) == []


WHEELED = (Passenger(id="1", services=(Service(ssr="WCHR", status="confirmed"),)),)


def wheelchair(end: End) -> str:
    """The status of the one service."""
    ((service,),) = (person.services for person in end.streams.bookings["A"].passengers)
    return service.status


async def test_a_name_that_is_asked_for_is_kept_with_its_quote_and_in_the_booking_alone(tmp_path: Path) -> None:
    """What reads quotes, requests and facts finds the passenger's place."""
    world = World()
    on = world.flight(1, leaves=9)
    world.party("NAMED", on, people=(Passenger(id="1", name="Someone Else", kind="adult"),))
    world.bookings["NAMED"] = sold(world.bookings["NAMED"], "300.00")
    async with living(world, tmp_path, environment=FARES) as system:
        shown = await asks(system, "NAMED", Wanted(names=(1,)), names={1: "Trillian Quux"})
        assert (shown.quote.outcome, shown.quote.asked.names) == ("allowed", {})
        kept = WISHED_NAMES.key(pnr="NAMED", id=shown.quote.id)
        assert await personal(system, but=kept.name) == []
        assert kept.name not in [line.subject async for line in state_lines(system.bus)]
        assert isinstance(await says_yes(system, shown), RequestDone)
        assert (await system.bus.load([kept]))[kept] is None
        assert await personal(system, but=BOOKING.key(pnr="NAMED").name) == []
        end = await system.end()
        assert [each.name for each in end.streams.bookings["NAMED"].passengers] == ["Trillian Quux"]
        await asks(system, "NAMED", Wanted(names=(1,)), names={1: "Zaphod Quux"})
        assert not await forget_party(system.bus, "NAMED")
        assert await personal(system) == []


async def test_a_service_confirmed_for_flights_before_is_requested_for_the_new_ones(tmp_path: Path) -> None:
    """Also when the reservation system repeats that it was, with the flights before, and until it has the new ones. The audit
    finds one that is called confirmed meanwhile."""
    world = World()
    dead, other = world.flight(1, leaves=5), world.flight(2, leaves=8)
    world.party("A", dead, ssrs=("WCHR",), people=WHEELED)
    sold = world.bookings["A"]
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        moved = await system.end()
        await system.hear(whole(sold, 1, remark="By the window."))
        repeated = await system.end()
        there = altered(sold, legs=world.booking("A", other).journeys[0].legs)
        await system.hear(whole(there, 2, remark="By the window."))
        confirmed = await system.end()
    assert [wheelchair(end) for end in (moved, repeated, confirmed)] == ["requested", "requested", "confirmed"]
    assert [end.trip("A") for end in (moved, repeated, confirmed)] == [[other]] * 3
    assert [audit(end.streams).findings for end in (moved, repeated, confirmed)] == [{}, {}, {}]
    for end in (moved, repeated):
        wrong = structs.replace(end.streams.bookings["A"], passengers=WHEELED)
        assert "miscounted_parties" in audit(replace(end.streams, bookings={"A": wrong})).findings


async def test_a_service_stays_confirmed_on_a_flight_that_is_late(tmp_path: Path) -> None:
    """The party has no other flight."""
    world = World()
    late = world.flight(1, leaves=5)
    world.party("A", late, ssrs=("WCHR",), people=WHEELED)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(late, minute=1, late=1))
        end = await system.end()
    assert len(end.facts("A")) == 1
    assert wheelchair(end) == "confirmed"

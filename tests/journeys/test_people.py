"""People with names: they are in the booking and nowhere else, whatever happens to it."""

import re
from decimal import Decimal
from pathlib import Path

from msgspec import structs

from bus.operations import provisioned, stored
from contracts.asks import IMPORT_BOOKINGS, SHOW_PROMPT, ImportBookings, ShowPrompt
from contracts.ledger import BOOKING
from contracts.money import Money, PaidItem
from contracts.passengers import Passenger, Service
from irops.audit import audit
from irops.commands.audit import verdict
from irops.commands.forget import forget_party
from tests.journeys.small_world import World
from tests.journeys.system import System, living

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

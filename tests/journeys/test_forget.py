"""`irops forget`: a party of a running system is removed from every stream and from the Maildir, and does not come back."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from bus import AskFailed, Bus, Commit, Fact, Write
from bus.operations import provision, provisioned, remove, stored
from contracts.asks import IMPORT_BOOKINGS, ImportBookings
from contracts.dead import DEAD_LETTER, DeadLetter
from contracts.forget import FORGET_PARTY, ForgetParty
from contracts.ledger import SEAT_LEDGER, SEATS_DISRUPTED, SeatsDisrupted
from contracts.plans import PLAN_PROPOSED, PlannedLeg, PlanProposed
from contracts.reservations import ReservationStatus, SplitFrom
from contracts.streams import Stream
from contracts.subject import Subject
from irops.commands.forget import forget_party
from irops.system.mentions import mentions
from tests.journeys.offering import answers, asking, open_offer, refused
from tests.journeys.small_world import T0, World
from tests.journeys.system import System, living, sound

GONE, CONTACT = "QX7K2M", "qx7k2m@example.org"


@asynccontextmanager
async def disrupted(folder: Path, *, apart: tuple[str, ...] = ()) -> AsyncIterator[tuple[World, System]]:
    """Two parties of a cancelled flight and two seats: one is moved, the other waits. A second flight is late."""
    world = World()
    dead, late = world.flight(1, leaves=3), world.flight(2, leaves=5, economy=2)
    world.flight(3, leaves=40, economy=0)
    world.party(GONE, dead, seats=2, tier="platinum", remark="we must be there by eight")
    world.party("WAITS", dead, seats=2)
    async with living(world, folder, apart=apart) as system:
        await system.hear(world.status(dead, cancelled=True))
        await system.hear(world.status(late, late=1, minute=1))
        yield world, system


async def everything(bus: Bus) -> AsyncIterator[tuple[str, bytes]]:
    """Each stored message as `stream sequence`, with all its bytes; a dead letter's payload decoded too."""
    for stream in await provisioned(bus.nc):
        async for raw in stored(bus.nc, stream):
            inside = msgspec.json.decode(raw.data, type=DeadLetter).payload if stream == DEAD_LETTER.stream else b""
            content = [raw.subject.encode(), *(f"{k}: {v}".encode() for k, v in raw.headers.items()), raw.data, inside]
            yield f"{stream} {raw.sequence}", b"\n".join(content)


async def traces(system: System) -> list[str]:
    """Where PNR or contact are found, in any stream and in any file beside the server's own."""
    personal = re.compile(f"{GONE}|{CONTACT}".encode(), re.IGNORECASE)
    found = [place async for place, content in everything(system.bus) if personal.search(content)]
    files = [path for path in system.folder.rglob("*") if path.is_file() and "nats" not in path.parts]
    return found + [str(path) for path in files if personal.search(path.read_bytes())]


def a_plan() -> PlanProposed:
    """One that was on its way when the party was forgotten."""
    return PlanProposed(
        pnr=GONE,
        id="late",
        verdict="none",
        reason="cancelled",
        booking_revision=1,
        as_of=10**6,
        legs=(PlannedLeg(flight="B6.1.JFK.2013-02-08", cabin="economy", last_disruption=1),),
        planned_at=T0,
    )


async def test_nothing_is_left_of_a_forgotten_party(tmp_path: Path) -> None:
    """Neither PNR nor contact, in any stream, letter or log; a stranded party gets its seats, and the audit is clean."""
    async with disrupted(tmp_path, apart=("monitor", "booker", "planner", "notifier", "care", "pricer")) as (_, system):
        assert len(await traces(system)) > 6
        left = await forget_party(system.bus, GONE)
        await system.settled()
        assert (list(left.lines), await traces(system)) == ([], [])
        end = await system.end()
        sound(end)
    assert list(end.streams.bookings) == ["WAITS"]
    assert end.streams.bookings["WAITS"].journeys[0].state == "rebooked"


async def test_a_party_with_an_open_offer_is_forgotten_with_it(tmp_path: Path) -> None:
    """Neither the offer, nor its letter, nor an answer that was refused stays; the seats that were kept are for others."""
    world = World()
    dead, late = world.flight(1, leaves=3), world.flight(2, leaves=6, economy=2)
    world.party(GONE, dead, seats=2)
    async with living(world, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(world.status(dead, cancelled=True))
        offer = await open_offer(system, GONE)
        assert offer is not None
        await answers(system, offer, "take", by="system")
        assert len(await refused(system)) == 1
        left = await forget_party(system.bus, GONE)
        await system.settled()
        assert (list(left.lines), await traces(system)) == ([], [])
        assert (await system.end()).streams.seats[late].on_offer == {}


async def test_a_late_plan_for_a_forgotten_party_makes_no_fact(tmp_path: Path) -> None:
    """Forgetting the party again removes the plan."""
    async with disrupted(tmp_path) as (_, system):
        await forget_party(system.bus, GONE)
        await system.bus.emit_once([Fact(PLAN_PROPOSED.of(a_plan()))])
        await system.settled()
        assert list((await mentions(system.bus, GONE)).lines) == ["1 subjects of PLANS"]
        assert not await forget_party(system.bus, GONE)


async def test_a_forgotten_party_cannot_be_imported(tmp_path: Path) -> None:
    """Not even by the file it came from."""
    async with disrupted(tmp_path) as (world, system):
        await forget_party(system.bus, GONE)
        came = ImportBookings(bookings=(world.bookings[GONE],))
        answer = await system.bus.ask(IMPORT_BOOKINGS, came)
        assert (answer.taken, list(answer.refused)) == (0, [GONE])
        assert not await mentions(system.bus, GONE)


async def test_dead_letters_lose_the_party_and_keep_the_others(tmp_path: Path) -> None:
    """A letter about the party alone goes; one about several can still be retried for the others."""
    async with disrupted(tmp_path) as (_, system):
        key = SEATS_DISRUPTED.key(flight="B6.1.JFK.2013-02-08", n=1)
        entry = (await system.bus.load([key]))[key]
        assert entry
        shared, own = (
            DeadLetter(
                agent="planner",
                stream="LEDGER",
                sequence=sequence,
                subject=subject,
                reason=f"KeyError('{GONE}')",
                traceback=f"... KeyError: {GONE}",
                payload=payload,
                at=T0,
            )
            for sequence, subject, payload in (
                (1, key.name, msgspec.json.encode(entry.message)),
                (2, f"plan.refused.{GONE}.x", b"{}"),
            )
        )
        await system.bus.emit_once([Fact(DEAD_LETTER.of(letter), expires=False) for letter in (shared, own)])
        assert not await forget_party(system.bus, GONE)
        assert not await traces(system)
        (letter,) = [recorded.message async for recorded in system.bus.history(DEAD_LETTER)]
        assert msgspec.json.decode(letter.payload, type=SeatsDisrupted).parties == ("WAITS",)
        assert letter.reason == "KeyError('(forgotten)')"
        await remove(system.bus.nc, letter)


@pytest.mark.parametrize("pnr", ["JFK", "B6", "booking", "2013-02-08"])
async def test_a_pnr_that_is_a_word_of_other_subjects_takes_nothing_else_with_it(pnr: str, tmp_path: Path) -> None:
    """An airport, an airline, a part of an address, a date."""
    world = World()
    flight = world.flight(1, leaves=3)
    world.party(pnr, flight)
    world.party("STAYS", flight)
    async with living(world, tmp_path) as system:
        await forget_party(system.bus, pnr)
        await system.settled()
        end = await system.end()
        sound(end)
    assert (list(end.streams.bookings), list(end.streams.flights), list(end.streams.seats[flight].holders)) == (
        ["STAYS"],
        [flight],
        ["STAYS"],
    )


async def test_a_dead_letter_of_a_stream_stays_when_a_party_of_its_name_is_forgotten(tmp_path: Path) -> None:
    """Its address has the name of a stream in it."""
    world = World()
    world.party("LEDGER", world.flight(1, leaves=3))
    async with living(world, tmp_path) as system:
        letter = DeadLetter(
            agent="planner",
            stream="LEDGER",
            sequence=1,
            subject="plan.refused.OTHER.x",
            reason="undecodable",
            payload=b"{}",
            at=T0,
        )
        await system.bus.emit_once([Fact(DEAD_LETTER.of(letter), expires=False)])
        assert not await forget_party(system.bus, "LEDGER")
        assert [recorded.message async for recorded in system.bus.history(DEAD_LETTER)] == [letter]
        await remove(system.bus.nc, letter)


async def test_an_unknown_party_is_an_error(tmp_path: Path) -> None:
    """And leaves no tombstone."""
    async with living(World(), tmp_path) as system:
        with pytest.raises(AskFailed, match="no booking has this PNR"):
            await system.bus.ask(FORGET_PARTY, ForgetParty(pnr="TYPO"))


@pytest.mark.slow
async def test_a_plan_that_meets_a_bug_names_no_party_in_the_logs(tmp_path: Path) -> None:
    """Neither by its address nor by the exception's text; forgetting the party removes its dead letter."""
    world = World()
    first, second = world.flight(1, to="ORD", leaves=3, takes=2), world.flight(2, "ORD", leaves=7)
    world.flight(3, leaves=9)
    world.party(GONE, first, second)
    async with living(world, tmp_path, apart=("booker",)) as system:
        key = SEAT_LEDGER.key(flight=second)
        entry = (await system.bus.load([key]))[key]
        assert entry
        without = SEAT_LEDGER.of(msgspec.structs.replace(entry.message, holders={}))
        await system.bus.commit(Commit(states=[Write(without, entry.revision)]))
        await system.hear(world.status(first, cancelled=True))
        log = (tmp_path / "logs/booker.log").read_text()
        assert ('"dead letter"' in log, "KeyError at booker/domain" in log, GONE in log) == (True, True, False)
        assert not await forget_party(system.bus, GONE)


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a foreign agent writes: about one party, and naming another."""

    pnr: str
    of: str = ""


async def test_a_foreign_agents_stream_loses_the_party_and_what_names_it_inside_is_reported(tmp_path: Path) -> None:
    """Only its agent can rewrite a message about another party."""
    extra = Stream("EXTRA", ("extra.>",), "notes")
    note = Subject("extra.note.{pnr}", Note, extra.name)
    async with disrupted(tmp_path) as (_, system):
        await provision(system.bus.nc, [extra])
        await system.bus.emit_once([Fact(note.of(Note(pnr=GONE))), Fact(note.of(Note(pnr="WAITS", of=GONE)))])
        left = await forget_party(system.bus, GONE)
        assert list(left.lines) == ["extra.note.WAITS (EXTRA 2)"]


@pytest.mark.parametrize("rest", [GONE, "STAYS"])
async def test_one_half_of_a_split_booking_is_forgotten_and_the_other_flies_on(tmp_path: Path, rest: str) -> None:
    """Whichever it is. The split, when it comes again, brings it not back."""
    world = World()
    dead, then, last = (world.flight(number, leaves=3 + 2 * number) for number in (1, 2, 3))
    new = "STAYS" if rest == GONE else GONE
    world.party(rest, dead, seats=2)
    left = SplitFrom(pnr=rest, version=1, booking=world.booking(rest, dead, fare=100))
    split = ReservationStatus(pnr=new, version=1, booking=world.booking(new, dead, fare=100), split_from=left)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(split)
        left_over = await forget_party(system.bus, GONE)
        assert (list(left_over.lines), await traces(system)) == ([], [])
        await system.hear(split)
        await system.hear(world.status(then, minute=2, cancelled=True))
        end = await system.end()
        assert list(end.streams.bookings) == ["STAYS"]
        assert [leg.flight for leg in end.streams.bookings["STAYS"].all_legs] == [last]
        assert not await forget_party(system.bus, GONE)
        assert await traces(system) == []

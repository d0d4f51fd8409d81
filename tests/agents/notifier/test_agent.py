"""The notifier on real streams: which facts a letter reports, and which outcome is published."""

from datetime import timedelta
from functools import partial

from msgspec import structs
from nats.aio.client import Client

from agents.notifier.domain import Writer
from bus import Bus, Commit, Write
from bus.admin.provision import set_clock
from bus.clock import wall
from contracts.clock import Clock
from contracts.flights import FLIGHT, Flight
from contracts.ledger import BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED
from tests.agents.notifier.notifier_world import Booker, Letters, notifier_of, sent, superseded
from tests.agents.notifier.samples import DECIDED, DURING, FIRST, FROM_NEWARK, KNOWN, LATER, SAME_AIRPORT, changed, kept
from tests.support import Behind, eventually

ONE = structs.replace(changed(), id="one")
TWO = structs.replace(kept((SAME_AIRPORT,), after=(SAME_AIRPORT,), reason="downgauged"), id="two", follows="one")
THREE = structs.replace(changed((SAME_AIRPORT,), after=(FROM_NEWARK,)), id="three", follows="two")


async def test_a_letter_reports_the_facts_it_supersedes(bus: Bus, writer: Writer) -> None:
    """Three facts in one group: one letter, from the flight the party knows to the trip it has now."""
    booker, letters = Booker(bus), Letters()
    group = [await booker.say(fact) for fact in (ONE, TWO, THREE)]
    await notifier_of(bus, writer, letters).hear(group)
    assert {id_: letter.subject for id_, letter in letters.taken.items()} == {
        "three": "Flight B6 1017 is cancelled: your new trip"
    }


async def test_a_notice_lists_the_earlier_facts_it_covers(bus: Bus, writer: Writer) -> None:
    """Oldest first, so that the audit can check that every fact was reported."""
    booker = Booker(bus)
    group = [await booker.say(fact) for fact in (ONE, TWO, THREE)]
    await notifier_of(bus, writer, Letters()).hear(group)
    notice = await sent(bus, THREE)
    assert notice is not None
    assert notice.covers == ("one", "two")


async def test_a_fact_after_a_sent_letter_is_reported_alone(bus: Bus, writer: Writer) -> None:
    """The party knows the trip it had."""
    booker, letters = Booker(bus), Letters()
    notifier = notifier_of(bus, writer, letters)
    for fact in (ONE, TWO, THREE):
        await notifier.hear([await booker.say(fact)])
    assert letters.taken["three"].subject == "Flight B6 2017 is cancelled: your new trip"
    notice = await sent(bus, THREE)
    assert notice is not None
    assert notice.covers == ()


async def test_a_letter_sent_before_a_superseded_fact_counts(bus: Bus, writer: Writer) -> None:
    """Only the second fact was superseded: the third letter starts from the trip in the first."""
    booker, letters = Booker(bus), Letters()
    notifier = notifier_of(bus, writer, letters)
    await notifier.hear([await booker.say(ONE)])
    await notifier.hear([await booker.say(TWO), await booker.say(THREE)])
    notice = await sent(bus, THREE)
    assert notice is not None
    assert notice.covers == ("two",)
    assert letters.taken["three"].subject == "Flight B6 2017 is cancelled: your new trip"


async def test_a_fact_whose_letter_failed_is_reported_with_the_next(bus: Bus, writer: Writer) -> None:
    """No channel took its letter, so the party does not know about it."""
    booker, letters = Booker(bus), Letters(refuses=["one"])
    notifier = notifier_of(bus, writer, letters)
    await notifier.hear([await booker.say(ONE)])
    await notifier.hear([await booker.say(TWO)])
    assert letters.taken["two"].subject == "Flight B6 1017 is cancelled: your new trip"


async def test_a_fact_without_an_outcome_is_reported_again(bus: Bus, writer: Writer) -> None:
    """Another notifier may be sending its letter, or have died: the next letter starts from the trip the party surely knows."""
    booker, letters = Booker(bus), Letters()
    await booker.say(ONE)
    await notifier_of(bus, writer, letters).hear([await booker.say(TWO)])
    assert letters.taken["two"].subject == "Flight B6 1017 is cancelled: your new trip"


async def test_a_fact_that_has_left_the_stream_counts_as_reported(bus: Bus, writer: Writer) -> None:
    """The letter reports the fact that names it alone."""
    letters = Letters()
    await notifier_of(bus, writer, letters).hear([await Booker(bus).say(THREE)])
    assert letters.taken["three"].subject == "Flight B6 2017 is cancelled: your new trip"


async def test_a_stale_booking_supersedes_nothing(nc: Client, bus: Bus, writer: Writer) -> None:
    """A fact was committed with its booking, so a stream replica that lags behind is not asked whether a later one exists."""
    booker, letters = Booker(bus), Letters()
    behind = Bus(nc, source="test", direct=Behind(nc))
    await behind.start_views()
    notifier = notifier_of(behind, writer, letters)
    await notifier.hear([await booker.say(ONE)])
    await notifier.hear([await booker.say(TWO)])
    await behind.stop_views()
    assert list(letters.taken) == ["one", "two"]


async def test_a_fact_that_a_stream_replica_lacks_is_reported_with_the_next(
    nc: Client, bus: Bus, writer: Writer
) -> None:
    """It precedes the next in its stream, so a replica that has the next has it too."""
    booker, letters = Booker(bus), Letters()
    behind = Bus(nc, source="test", direct=Behind(nc))
    await behind.start_views()
    await behind.load(
        [family.key(pnr=ONE.pnr, id="one") for family in (BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED)]
    )
    await booker.say(ONE)
    await notifier_of(behind, writer, letters).hear([await booker.say(TWO)])
    await behind.stop_views()
    assert letters.taken["two"].subject == "Flight B6 1017 is cancelled: your new trip"


async def test_a_letter_superseded_while_a_channel_failed_is_not_sent(bus: Bus, writer: Writer) -> None:
    """Another notifier may have sent the later letter by then; the older one must not follow it."""
    booker = Booker(bus)
    letters = Letters(fails_once=partial(booker.say, TWO))
    await notifier_of(bus, writer, letters).hear([await booker.say(ONE)])
    assert (await superseded(bus, ONE), letters.taken) == (True, {})


async def test_a_letter_superseded_before_a_late_turn_is_not_sent(bus: Bus, writer: Writer) -> None:
    """More than a second after the booking was read."""
    booker = Booker(bus)
    letters = Letters(at_turn=partial(booker.say, TWO))
    await notifier_of(bus, writer, letters, seconds=[10, 11.5]).hear([await booker.say(ONE)])
    assert (await superseded(bus, ONE), letters.taken) == (True, {})


async def test_a_current_letter_is_sent_at_a_late_turn(bus: Bus, writer: Writer) -> None:
    """A slow channel delays a letter and does not drop it."""
    letters = Letters()
    await notifier_of(bus, writer, letters, seconds=[10, 11.5]).hear([await Booker(bus).say(ONE)])
    assert list(letters.taken) == ["one"]


async def test_a_fact_about_a_forgotten_party_is_dropped(bus: Bus, writer: Writer) -> None:
    """Neither a letter nor a notice names the party again; the others of the group get theirs."""
    booker, letters = Booker(bus), Letters()
    gone = await booker.say(ONE)
    await booker.forget(ONE.pnr)
    other = await Booker(bus).say(structs.replace(ONE, pnr="OTHER", id="other"))
    await notifier_of(bus, writer, letters).hear([gone, other])
    assert (list(letters.taken), await sent(bus, ONE), await superseded(bus, ONE)) == (["other"], None, False)


async def test_a_party_that_is_forgotten_while_a_channel_fails_gets_no_letter(bus: Bus, writer: Writer) -> None:
    """Nor a notice."""
    booker = Booker(bus)
    letters = Letters(fails_once=partial(booker.forget, ONE.pnr))
    await notifier_of(bus, writer, letters).hear([await booker.say(ONE)])
    assert (letters.taken, await sent(bus, ONE), await superseded(bus, ONE)) == ({}, None, False)


async def test_a_letter_is_worded_by_the_flights_as_they_are_known(bus: Bus, writer: Writer) -> None:
    """The flight has left, though by the times in the fact it has not."""
    moved = structs.replace(LATER, arrives=LATER.arrives + timedelta(hours=1))
    departed = Flight(
        flight=LATER.flight, destination="BOS", phase="departed", last_change=2, seats={}, observed_at=DECIDED,
        scheduled_departure=LATER.departs, scheduled_arrival=LATER.arrives, departs=DECIDED, arrives=moved.arrives,
        announced_departure=DECIDED, announced_arrival=moved.arrives,
    )  # fmt: skip
    await bus.commit(Commit(states=[Write(FLIGHT.of(departed), 0)]))
    letters = Letters()
    await notifier_of(bus, writer, letters).hear([await Booker(bus).say(kept((LATER,), after=(moved,)))])
    assert letters.taken["factK"].subject == "Flight B6 1017: new arrival time"


async def test_the_letter_after_a_pointless_notice_reports_its_fact(nc: Client, bus: Bus, writer: Writer) -> None:
    """The party does not know of it, and the letter starts from the trip that it knows."""
    await set_clock(nc, Clock(now=DURING, at=wall(), speed=1))
    booker, letters = Booker(bus), Letters()
    notifier = notifier_of(bus, writer, letters)
    gone = structs.replace(kept((FIRST,), after=(FIRST,)), id="gone")
    moved = structs.replace(FIRST, arrives=FIRST.arrives + timedelta(hours=1))
    await eventually(lambda: bus.now() >= DURING, what="the clock")
    await notifier.hear([await booker.say(gone)])
    assert letters.taken == {}
    later = structs.replace(kept((FIRST,), after=(moved,)), id="later", follows="gone")
    await notifier.hear([await booker.say(later)])
    notice = await sent(bus, later)
    assert notice
    assert notice.covers == ("gone",)


async def test_after_a_letter_about_a_diversion_its_end_is_reported(bus: Bus, writer: Writer) -> None:
    """The trip is as it was before both, and the party would not know."""
    booker, letters = Booker(bus), Letters()
    notifier = notifier_of(bus, writer, letters)
    elsewhere = structs.replace(kept(after=(KNOWN,), reason="diverted", diverted_to="BDL"), id="elsewhere")
    await notifier.hear([await booker.say(elsewhere)])
    on = structs.replace(kept(after=(KNOWN,)), id="on", follows="elsewhere")
    await notifier.hear([await booker.say(on)])
    assert letters.taken["on"].subject == "Flight B6 1017 goes to Boston (BOS) after all"


async def test_a_diversion_that_was_never_reported_needs_no_end(bus: Bus, writer: Writer) -> None:
    """One letter reports both facts."""
    booker, letters = Booker(bus), Letters()
    elsewhere = structs.replace(kept(after=(KNOWN,), reason="diverted", diverted_to="BDL"), id="elsewhere")
    on = structs.replace(kept(after=(KNOWN,)), id="on", follows="elsewhere")
    group = [await booker.say(elsewhere), await booker.say(on)]
    await notifier_of(bus, writer, letters).hear(group)
    assert letters.taken["on"].subject == "Flight B6 1017: your seats are confirmed"

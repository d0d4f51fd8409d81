"""A customer asks the booker for something: the whole system, from the question to what others make of it."""

from pathlib import Path

import pytest

from bus.failpoints import ACKED_SOME, BUS_FAILPOINTS
from bus.operations import purge, stored
from contracts.ledger import Complaint
from contracts.passengers import Passenger
from contracts.requests import QUOTE, WISHED_NAMES, Quoted, RequestDone, RequestRefused, Wanted
from contracts.sales import Instrument
from irops.commands.forget import forget_party
from irops.system.requesting import requested
from tests.journeys.requesting import FARES, asks, asks_again, dollars, offering, says_yes, seats, sold, trip
from tests.journeys.small_world import World
from tests.journeys.system import living
from tests.reservation_system import whole
from tests.support import eventually


async def test_a_cancelled_booking_gives_its_seats_to_who_waits(tmp_path: Path) -> None:
    """By the price that was agreed to; what is due says where the money goes."""
    world = World()
    dead, full = world.flight(1, leaves=3), world.flight(2, leaves=5, economy=1)
    world.party("GOES", full)
    world.bookings["GOES"] = sold(world.bookings["GOES"], "330.51")
    world.party("WAITS", dead)
    async with living(world, tmp_path, environment=FARES) as system:
        await system.hear(world.status(dead, cancelled=True))
        shown = await asks(system, "GOES", Wanted(cancel=(1,)))
        assert shown.quote.outcome == "allowed"
        answer = await says_yes(system, shown)
        assert isinstance(answer, RequestDone)
        end = await system.end()
    assert end.trip("WAITS") == [full]
    assert end.streams.bookings["GOES"].is_withdrawn
    (payment,) = end.streams.payments
    assert [(each.instrument, each.what, each.money) for each in payment.movements] == [
        ("card-1", "refunded", dollars("165.26")),
        ("card-1", "forfeited", dollars("165.25")),
    ]


async def test_a_return_that_is_given_up_leaves_the_way_out(tmp_path: Path) -> None:
    """Which is planned as ever when it is disrupted."""
    world = World()
    out, then = world.flight(1, leaves=3), world.flight(2, leaves=5)
    back = world.flight(3, "SFO", "JFK", leaves=40)
    world.several("RT", (out,), (back,))
    world.bookings["RT"] = sold(world.bookings["RT"], "200.00", "100.00")
    async with living(world, tmp_path, environment=FARES) as system:
        shown = await asks(system, "RT", Wanted(cancel=(2,)))
        answer = await says_yes(system, shown)
        assert isinstance(answer, RequestDone)
        await system.hear(world.status(out, cancelled=True))
        end = await system.end()
    assert [journey.number for journey in end.streams.bookings["RT"].journeys] == [1]
    assert end.trip("RT") == [then]
    sale = end.streams.bookings["RT"].sale
    assert sale is not None
    assert [one.amount for one in sale.paid_with] == [dollars("200.00")]


async def test_a_quote_whose_flight_is_cancelled_since_is_refused_and_quoted_again(tmp_path: Path) -> None:
    """The fare is paid back by then, and the customer is offered that."""
    world = World()
    flight = world.flight(1, leaves=3)
    world.party("GOES", flight)
    world.bookings["GOES"] = sold(world.bookings["GOES"], "300.00")
    async with living(world, tmp_path, environment=FARES) as system:
        shown = await asks(system, "GOES", Wanted(cancel=(1,)))
        await system.hear(world.status(flight, cancelled=True))
        answer = await says_yes(system, shown)
        assert isinstance(answer, RequestRefused)
        assert answer.refusal == "changed"
        offered = (await system.end()).streams.quotes["GOES", answer.offers]
        assert [part.money for part in offered.price.back] == [dollars("300.00")]


async def test_a_changed_trip_is_the_one_that_is_planned_from_then_on(tmp_path: Path) -> None:
    """Delay is measured by what the party then bought; a plan for the old trip comes to nothing."""
    world = World()
    sold_on, chosen, later = (world.flight(n, leaves=3 + 2 * n) for n in (1, 2, 3))
    world.party("MOVES", sold_on, seats=2)
    world.bookings["MOVES"] = sold(world.bookings["MOVES"], "200.00")
    async with living(world, tmp_path, environment=FARES) as system:
        await system.hear(offering(chosen, "120.00"))
        shown = await asks(system, "MOVES", trip(chosen), Instrument(id="card-2", kind="credit_card"))
        assert shown.quote.outcome == "allowed", shown.quote.why
        assert isinstance(await says_yes(system, shown), RequestDone)
        await system.hear(world.status(sold_on, cancelled=True))
        assert (await system.end()).facts("MOVES") == []
        await system.hear(world.status(chosen, cancelled=True))
        end = await system.end()
    assert end.trip("MOVES") == [later]
    journey = end.streams.bookings["MOVES"].journeys[0]
    assert (journey.ticket.flights, journey.state) == ((chosen,), "rebooked")
    sale = end.streams.bookings["MOVES"].sale
    assert sale is not None
    assert {one.id: one.amount for one in sale.paid_with} == {"card-1": dollars("200.00"), "card-2": dollars("70.00")}


async def test_a_party_that_was_moved_may_choose_a_trip_itself(tmp_path: Path) -> None:
    """At no charge, for its airline has cancelled its flight; the flight restored does not call it back."""
    world = World()
    dead, given, chosen = (world.flight(number, leaves=leaves) for number, leaves in ((1, 3), (2, 5), (3, 30)))
    world.party("MOVED", dead)
    world.bookings["MOVED"] = sold(world.bookings["MOVED"], "200.00")
    async with living(world, tmp_path, environment=FARES) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True), offering(chosen, "120.00"))
        assert (await system.end()).trip("MOVED") == [given]
        shown = await asks(system, "MOVED", trip(chosen))
        assert (shown.quote.outcome, shown.quote.price.charges) == ("allowed", ())
        assert isinstance(await says_yes(system, shown), RequestDone)
        await system.hear(world.status(dead, minute=2))
        end = await system.end()
    assert end.trip("MOVED") == [chosen]


async def test_a_reservation_system_that_does_not_know_yet_brings_no_one_back(tmp_path: Path) -> None:
    """It repeats the booking as it has it."""
    world = World()
    flight = world.flight(1, leaves=9)
    world.party("GOES", flight)
    theirs = world.bookings["GOES"] = sold(world.bookings["GOES"], "300.00")
    async with living(world, tmp_path, environment=FARES) as system:
        await says_yes(system, await asks(system, "GOES", Wanted(cancel=(1,))))
        await system.hear(whole(theirs, 1, contact="new@example.org"))
        end = await system.end()
    assert (end.trip("GOES"), end.streams.bookings["GOES"].version) == ([], 1)
    assert not end.streams.seats[flight].holders


async def test_a_bag_touches_no_trip_and_stays_with_the_party(tmp_path: Path) -> None:
    """The party is moved as ever, and the reservation system that does not know of the bag takes none away."""
    world = World()
    dead, then = world.flight(1, leaves=3), world.flight(2, leaves=5)
    world.party("PACKS", dead)
    theirs = world.bookings["PACKS"] = sold(world.bookings["PACKS"], "300.00", bags=1)
    async with living(world, tmp_path, environment=FARES) as system:
        shown = await asks(system, "PACKS", Wanted(bags=2), Instrument(id="card-2", kind="credit_card"))
        answer = await says_yes(system, shown)
        assert isinstance(answer, RequestDone)
        assert (await system.end()).facts("PACKS") == []
        await system.hear(world.status(dead, cancelled=True))
        await system.hear(whole(theirs, 1, contact="new@example.org"))
        end = await system.end()
    assert end.trip("PACKS") == [then]
    sale = end.streams.bookings["PACKS"].sale
    assert sale is not None
    assert sale.bags == 2
    assert {one.id: one.amount for one in sale.paid_with} == {"card-1": dollars("300.00"), "card-2": dollars("30.00")}


async def test_names_last_no_longer_than_any_quote_stands(tmp_path: Path) -> None:
    """The server removes them, whatever becomes of the quote; a yes is refused then."""
    world = World()
    flight = world.flight(1, leaves=9)
    world.party("NAMED", flight, people=(Passenger(id="1", name="Ana Ruis", kind="adult"),))
    world.bookings["NAMED"] = sold(world.bookings["NAMED"], "300.00")
    async with living(world, tmp_path, environment={**FARES, "IROPS_BOOKER_QUOTES_HELD_MIN": "30"}) as system:
        shown = await asks(system, "NAMED", Wanted(names=(1,)), names={1: "Ana Ruiz"})
        kept = WISHED_NAMES.key(pnr="NAMED", id=shown.quote.id)
        raw = [raw async for raw in stored(system.bus.nc, "LEDGER") if raw.subject == kept.name]
        assert [each.headers["Nats-TTL"] for each in raw] == ["1800s"]
        await purge(system.bus.nc, "LEDGER", [kept.name], upto=raw[0].sequence)
        answer = await says_yes(system, shown)
        assert isinstance(answer, RequestRefused)
        assert (answer.refusal, answer.detail, answer.offers) == (
            "expired",
            "the names that were asked for are not kept any more",
            "",
        )


async def test_a_complaint_is_compensated_once(tmp_path: Path) -> None:
    """By a grant that is due; whichever booker is asked the second time, the booking says so."""
    world = World()
    late = world.flight(1, leaves=9)
    world.party("LATE", late, seats=2)
    world.bookings["LATE"] = sold(world.bookings["LATE"], "300.00")
    wanted = Wanted(compensate=Complaint(journey=1, kind="delayed_flight"))
    async with living(world, tmp_path, environment=FARES) as system:
        early = await asks(system, "LATE", wanted)
        assert (early.quote.outcome, [rule.id for rule in early.quote.cites]) == ("refused", ["did-not-happen"])
        await system.hear(world.status(late, late=1))
        first, second = await asks(system, "LATE", wanted), await asks(system, "LATE", wanted)
        assert isinstance(await says_yes(system, first), RequestDone)
        refused = await says_yes(system, second)
        assert isinstance(refused, RequestRefused)
        assert (refused.refusal, refused.offers) == ("changed", "")
        again = await asks(system, "LATE", wanted)
        assert again.quote.why == "has been compensated for already: delayed_flight"
        end = await system.end()
    (payment,) = end.streams.payments
    assert [(each.what, each.money, each.into) for each in payment.movements] == [
        ("granted", dollars("40.00"), "voucher")
    ]
    assert end.trip("LATE") == [late]


async def test_a_request_that_is_sent_again_has_one_answer(tmp_path: Path) -> None:
    """And a second request finds the quote used."""
    world = World()
    flight = world.flight(1, leaves=9)
    world.party("GOES", flight)
    world.bookings["GOES"] = sold(world.bookings["GOES"], "300.00")
    async with living(world, tmp_path, environment=FARES) as system:
        shown = await asks(system, "GOES", Wanted(cancel=(1,)))
        first, second = await says_yes(system, shown), await says_yes(system, shown)
        assert isinstance(first, RequestDone)
        assert isinstance(second, RequestRefused)
        assert second.refusal == "used"


async def test_a_reservation_system_that_does_not_know_of_a_seat_takes_none_away(tmp_path: Path) -> None:
    """Nor what was paid for it. Another word about what was paid holds."""
    world = World()
    world.layout("cabin", "ABC DEF", rows=3, exits=(1,))
    flight = world.flight(1, leaves=9, economy=18, layout="cabin")
    world.party("SITS", flight)
    theirs = world.bookings["SITS"] = sold(world.bookings["SITS"], "200.00")
    world.numbers = {(flight, "SITS"): ("3A",)}
    async with living(world, tmp_path, environment=FARES) as system:
        card = Instrument(id="card-2", kind="credit_card")
        await says_yes(system, await asks(system, "SITS", seats(flight, "1A"), card))
        await system.hear(whole(theirs, 1, contact="new@example.org"))
        end = await system.end()
        ours = end.streams.bookings["SITS"]
        assert end.streams.seats[flight].numbers == {"SITS": ("1A",)}
        assert [item.price for item in ours.party.paid] == [dollars("200.00"), dollars("25.00")]
        await system.hear(whole(sold(theirs, "225.00"), 2))
        paid = (await system.end()).streams.bookings["SITS"].party.paid
    assert [item.price for item in paid] == [dollars("225.00")]


async def test_a_party_that_wants_no_other_trip_is_given_none(tmp_path: Path) -> None:
    """Seats that are freed go to others; what it is owed stays; and a trip that it asks for itself ends it."""
    world = World()
    dead, full = world.flight(1, "CDG", "JFK", leaves=3), world.flight(2, "CDG", "JFK", leaves=5, economy=2)
    world.party("GOES", full, seats=2)
    for pnr in ("LEAVES", "WAITS"):
        world.party(pnr, dead)
        world.bookings[pnr] = sold(world.bookings[pnr], "200.00")
    world.bookings["GOES"] = sold(world.bookings["GOES"], "330.00")
    async with living(world, tmp_path, environment=FARES) as system:
        await system.hear(world.status(dead, cancelled=True))
        owed = (await system.end()).streams.care["LEAVES", 1]
        assert isinstance(await says_yes(system, await asks(system, "LEAVES", Wanted(leave=(1,)))), RequestDone)
        await says_yes(system, await asks(system, "GOES", Wanted(cancel=(1,))))
        end = await system.end()
        assert (end.trip("WAITS"), end.trip("LEAVES")) == ([full], [])
        assert (end.streams.waiting["LEAVES", 1].left, end.streams.care["LEAVES", 1]) == (True, owed)
        await system.hear(world.status(dead, minute=1))
        assert (await system.end()).trip("LEAVES") == []
        await system.hear(world.status(dead, minute=2, cancelled=True))
        again = await asks(system, "LEAVES", trip(full))
        assert isinstance(await says_yes(system, again), RequestDone)
        end = await system.end()
    assert (end.trip("LEAVES"), ("LEAVES", 1) in end.streams.waiting) == ([full], False)


async def test_two_parties_that_want_one_seat_cannot_both_have_it(tmp_path: Path) -> None:
    """The second is refused, and has a new price for a seat beside it, at which it sits there."""
    world = World()
    world.layout("cabin", "ABC DEF", rows=3)
    flight = world.flight(1, leaves=9, economy=18, layout="cabin")
    for pnr in ("FIRST", "SECOND"):
        world.party(pnr, flight)
        world.bookings[pnr] = sold(world.bookings[pnr], "200.00")
    world.numbers = {(flight, "FIRST"): ("3A",), (flight, "SECOND"): ("3F",)}
    async with living(world, tmp_path, environment=FARES) as system:
        one, other = [await asks(system, pnr, seats(flight, "1A")) for pnr in ("FIRST", "SECOND")]
        assert isinstance(await says_yes(system, one), RequestDone)
        refused = await says_yes(system, other)
        assert isinstance(refused, RequestRefused)
        assert (refused.refusal, refused.detail) == ("impossible", f"{flight}: seat 1A is taken")
        quote = (await system.bus.load([key := QUOTE.key(pnr="SECOND", id=refused.offers)]))[key]
        assert quote is not None
        again = await says_yes(system, Quoted(quote=quote.message, revision=quote.revision))
        assert isinstance(again, RequestDone)
        numbers = (await system.end()).streams.seats[flight].numbers
    assert numbers == {"FIRST": ("1A",), "SECOND": again.wanted.seats[0].seats}


async def test_seats_that_were_asked_for_are_kept_through_a_delay_and_given_up_with_the_flight(tmp_path: Path) -> None:
    """As any seats by number; the letter that confirms them shows them."""
    world = World()
    world.layout("cabin", "ABC DEF", rows=3, exits=(1,))
    flight, then = (
        world.flight(number, leaves=leaves, economy=18, layout="cabin") for number, leaves in ((1, 3), (2, 9))
    )
    world.party("SITS", flight, seats=2)
    world.bookings["SITS"] = sold(world.bookings["SITS"], "200.00")
    world.numbers = {(flight, "SITS"): ("3A", "3B")}
    async with living(world, tmp_path, environment=FARES) as system:
        card = Instrument(id="card-2", kind="credit_card")
        answer = await says_yes(system, await asks(system, "SITS", seats(flight, "1A", "1B"), card))
        assert isinstance(answer, RequestDone)
        await system.hear(world.status(flight, minute=1, late=1))
        end = await system.end()
        assert end.streams.seats[flight].numbers == {"SITS": ("1A", "1B")}
        assert "Seats: 1A, 1B" in end.mail[answer.id].get_content()
        await system.hear(world.status(flight, minute=2, cancelled=True))
        end = await system.end()
    assert end.trip("SITS") == [then]
    paid = [(item.kind, item.price, item.journey) for item in end.streams.bookings["SITS"].party.paid]
    assert paid == [("fare", dollars("200.00"), 1), ("ancillary", dollars("50.00"), 1)]


@pytest.mark.slow
@pytest.mark.parametrize("step", [step for step in BUS_FAILPOINTS if step != ACKED_SOME])
async def test_a_booker_that_dies_at_this_step_answers_a_request_once(step: str, tmp_path: Path) -> None:
    """It is carried out whole, by this life or the next. A group of one is acknowledged as a whole."""
    world = World()
    dead, full = world.flight(1, leaves=3), world.flight(2, leaves=5, economy=1)
    world.party("GOES", full)
    world.bookings["GOES"] = sold(world.bookings["GOES"], "330.51")
    lives = [{"IROPS_FAILPOINT": f"{step}:1"}]
    async with living(world, tmp_path, apart=["booker"], environment=FARES, lives=lives) as system:
        shown = await asks(system, "GOES", Wanted(cancel=(1,)))
        answer = await says_yes(system, shown)
        assert isinstance(answer, RequestDone)
        await eventually(lambda: system.deaths, what=f"death of the booker at {step}")
        await system.settled(within=30)
        end = await system.end()
    assert system.deaths == [("booker", -9)]
    assert len(end.streams.answered) == len(end.streams.payments) == 1
    assert not end.streams.seats[full].holders
    assert not end.streams.seats[dead].holders


@pytest.mark.slow
@pytest.mark.parametrize("step", [step for step in BUS_FAILPOINTS if step != ACKED_SOME])
async def test_a_booker_that_dies_at_this_step_gives_seats_once(step: str, tmp_path: Path) -> None:
    """And has them paid once."""
    world = World()
    world.layout("cabin", "ABC DEF", rows=3, exits=(1,))
    flight = world.flight(1, leaves=9, economy=18, layout="cabin")
    world.party("SITS", flight, seats=2)
    world.bookings["SITS"] = sold(world.bookings["SITS"], "200.00")
    world.numbers = {(flight, "SITS"): ("3A", "3B")}
    lives = [{"IROPS_FAILPOINT": f"{step}:1"}]
    async with living(world, tmp_path, apart=["booker"], environment=FARES, lives=lives) as system:
        shown = await asks(system, "SITS", seats(flight, "1A", "1B"), Instrument(id="card-2", kind="credit_card"))
        answer = await says_yes(system, shown)
        assert isinstance(answer, RequestDone)
        await eventually(lambda: system.deaths, what=f"death of the booker at {step}")
        await system.settled(within=30)
        end = await system.end()
    assert system.deaths == [("booker", -9)]
    assert len(end.streams.answered) == len(end.streams.payments) == 1
    assert end.streams.seats[flight].numbers == {"SITS": ("1A", "1B")}
    assert [item.price for item in end.streams.bookings["SITS"].party.paid] == [dollars("200.00"), dollars("50.00")]


@pytest.mark.slow
@pytest.mark.parametrize("step", [step for step in BUS_FAILPOINTS if step != ACKED_SOME])
@pytest.mark.timeout(120)
async def test_a_booker_that_dies_at_this_step_names_a_passenger_once(step: str, tmp_path: Path) -> None:
    """The name is taken from beside the quote into the booking in one commit."""
    world = World()
    flight = world.flight(1, leaves=9)
    world.party("NAMED", flight, people=(Passenger(id="1", name="Ana Ruis", kind="adult"),))
    world.bookings["NAMED"] = sold(world.bookings["NAMED"], "300.00")
    lives = [{"IROPS_FAILPOINT": f"{step}:1"}]
    async with living(world, tmp_path, apart=["booker"], environment=FARES, lives=lives) as system:
        shown = await asks(system, "NAMED", Wanted(names=(1,)), names={1: "Ana Ruiz"})
        assert isinstance(await says_yes(system, shown), RequestDone)
        await eventually(lambda: system.deaths, what=f"death of the booker at {step}")
        await system.settled(within=30)
        kept = WISHED_NAMES.key(pnr="NAMED", id=shown.quote.id)
        assert (await system.bus.load([kept]))[kept] is None
        end = await system.end()
    assert [each.name for each in end.streams.bookings["NAMED"].passengers] == ["Ana Ruiz"]
    assert len(end.streams.answered) == 1


@pytest.mark.slow
@pytest.mark.parametrize("step", [step for step in BUS_FAILPOINTS if step != ACKED_SOME])
@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.timeout(120)
async def test_a_booker_that_dies_at_this_step_leaves_a_party_without_another_trip(
    step: str, nth: int, tmp_path: Path
) -> None:
    """Whichever of its commits it dies at, that of a quote too: as the party asked, and once."""
    world = World()
    dead, full = world.flight(1, leaves=3), world.flight(2, leaves=5, economy=1)
    for pnr, on in (("LEAVES", dead), ("GOES", full)):
        world.party(pnr, on)
        world.bookings[pnr] = sold(world.bookings[pnr], "200.00")
    lives = [{"IROPS_FAILPOINT": f"{step}:{nth}"}]
    async with living(world, tmp_path, apart=["booker"], environment=FARES, lives=lives) as system:
        await system.say(world.status(dead, cancelled=True))
        await system.settled(within=30)
        for pnr, wanted in (("LEAVES", Wanted(leave=(1,))), ("GOES", Wanted(cancel=(1,)))):
            shown = await asks_again(system, pnr, wanted)
            assert isinstance(await requested(system.bus, shown), RequestDone)
            await system.settled(within=30)
        end = await system.end()
    assert len(end.streams.answered) == 2
    assert (end.trip("LEAVES"), end.streams.waiting["LEAVES", 1].left) == ([], True)


async def test_a_forgotten_party_is_in_no_quote_and_no_request(tmp_path: Path) -> None:
    """Whatever it has asked for."""
    world = World()
    flight = world.flight(1, leaves=9)
    world.party("GOES", flight)
    world.bookings["GOES"] = sold(world.bookings["GOES"], "300.00")
    async with living(world, tmp_path, environment=FARES) as system:
        await asks(system, "GOES", Wanted(cancel=(1,)))
        await says_yes(system, await asks(system, "GOES", Wanted(cancel=(1,))))
        assert not await forget_party(system.bus, "GOES")
        end = await system.end()
    assert (end.streams.quotes, end.streams.requests, end.streams.answered, end.streams.payments) == ({}, [], [], [])

"""`irops queue`: what it shows of open offers, and its line in `irops status`; answers are in `tests/journeys`."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from msgspec import structs

from bus import Bus, Commit, Fact, Write
from bus.admin.server import Server
from contracts.ledger import BOOKING, Booking, Journey, Party
from contracts.offers import OFFER, OFFER_ANSWERED, TRIP_OFFERED, Offer, TripOffered
from contracts.plans import Option, PlannedLeg, PlanProposed
from tests.agents.notifier.samples import DECIDED, JOURNEYS, LATER, offered
from tests.irops.command_line import irops

FACT = structs.replace(offered(marks=((), ("night",))), id="offer1", options=("o1", "o2"))
OPTIONS = (
    Option(id="o1", legs=(PlannedLeg(flight="B6.2017.JFK.2013-02-08", cabin="economy", last_disruption=0),),
           arrives=LATER.arrives, cost=210.5, terms={"delay": 150.5, "connection": 0.0, "carrier": 60.0}),
    Option(id="o2", legs=(), arrives=LATER.arrives, cost=900, terms={"delay": 900}, unmet=("nonstop",)),
)  # fmt: skip
PLAN = PlanProposed(
    pnr=FACT.pnr, id=FACT.id, verdict="move", reason="cancelled", booking_revision=1, as_of=1, options=OPTIONS,
    planned_at=DECIDED,
)  # fmt: skip


def offer_of(fact: TripOffered) -> Offer:
    return Offer(
        pnr=fact.pnr, journey=fact.journey, id=fact.id, answerer=fact.answerer, until=fact.until, default=fact.default,
        plan=structs.replace(PLAN, pnr=fact.pnr, id=fact.id, journey=fact.journey), made_at=DECIDED,
    )  # fmt: skip


async def record(bus: Bus, *facts: TripOffered) -> None:
    states = [Write(OFFER.of(offer_of(fact)), 0) for fact in facts]
    await bus.commit(Commit(facts=[Fact(TRIP_OFFERED.of(fact)) for fact in facts], states=states))


def others() -> Sequence[TripOffered]:
    """The second journey of the same party, later; another party sooner, beside a trip that can be flown."""
    return (
        structs.replace(FACT, journey=2, id="offer2", until=FACT.until + timedelta(hours=1)),
        structs.replace(
            offered(answerer="desk", after=(LATER,), stands=True, reason="retimed"),
            pnr="B", id="offer3", until=FACT.until - timedelta(hours=1),
        ),
    )  # fmt: skip


async def test_open_offers_are_listed_the_most_urgent_first(server: Server, bus: Bus) -> None:
    """One line each, and a count in the status."""
    await record(bus, FACT, *others())
    ended = await irops("queue", "list", url=server.url)
    trip = "B6 2017 2013-02-08 22:00 UTC to BOS; 1 more"
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        f"B 1  until 2013-02-08 19:00 UTC  desk  retimed (B6 1017)  {trip}",
        f"K7QX2M 1  until 2013-02-08 20:00 UTC  party  cancelled (B6 1017)  {trip}",
        f"K7QX2M 2  until 2013-02-08 21:00 UTC  party  cancelled (B6 1017)  {trip}",
    ]
    shown = " ".join((await irops("status", url=server.url)).out.split())
    assert "3 offers are open (1 desk, 2 party), the next until 2013-02-08 19:00 UTC; see `irops queue list`" in shown


async def test_without_open_offers_there_is_nothing_to_list(server: Server, bus: Bus) -> None:
    """A pipe gets nothing, and the status has no line."""
    ended = await irops("queue", "list", url=server.url)
    assert (ended.status, ended.out, ended.err) == (0, "", "no offer is open\n")
    assert "irops queue" not in (await irops("status", url=server.url)).out


async def test_an_offer_is_shown_with_what_each_trip_costs_by_term(server: Server, bus: Bus) -> None:
    """And with all else that an answer may rest on. What a passenger wrote moves no cursor."""
    party = Party(
        passengers=2, seats=2, cabin="economy", tier="gold", ssrs=("WCHR",), remark="please\x1b[2J\nno nights"
    )
    journeys = (Journey(ticket=JOURNEYS[0].ticket, legs=()),)
    await bus.commit(Commit(states=[Write(BOOKING.of(Booking(pnr=FACT.pnr, party=party, journeys=journeys)), 0)]))
    await record(bus, FACT)
    ended = await irops("queue", "show", FACT.pnr, url=server.url)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "K7QX2M journey 1, offer offer1",
        "  happened   cancelled (B6 1017)",
        "  asked      party, since 2013-02-08 12:00 UTC",
        "  until      2013-02-08 20:00 UTC; without an answer the first trip is booked",
        "  has        no trip that can be flown",
        "  party      2 passengers, paid for economy, gold, WCHR, wrote: please [2J no nights",
        "  trip 1     B6 2017 2013-02-08 22:00 UTC to BOS, economy; seats are kept",
        "             cost 210.5: delay 150.5, carrier 60.0",
        "  trip 2     DL 22 2013-02-09 13:00 UTC to DTW, DL 23 2013-02-09 17:00 UTC to BOS, economy",
        "             marks: night",
        "             cost 900.0: delay 900.0",
        "             does not meet: nonstop",
    ]


async def test_a_trip_that_stands_is_shown_as_such(server: Server, bus: Bus) -> None:
    """Beside what silence comes to."""
    stands = structs.replace(FACT, after=(LATER,), stands=True, default="leave")
    cannot = structs.replace(stands, pnr="B", stands=False)
    await record(bus, stands, cannot)
    shown = [(await irops("queue", "show", fact.pnr, url=server.url)).out for fact in (stands, cannot)]
    assert "  has        B6 1017 2013-02-08 21:10 UTC to BOS\n" in shown[0]
    assert "; without an answer none is booked\n" in shown[0]
    assert "  has        B6 1017 2013-02-08 21:10 UTC to BOS; it cannot be flown\n" in shown[1]


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (["show", "C"], 1, "irops: C has no open offer; `irops queue list` lists them"),
        (["approve", "B", "--journey", "2"], 1, "irops: B has no open offer for journey 2; `irops queue list` lists"),
        (["approve", "K7QX2M"], 1, "irops: K7QX2M has open offers for the journeys 1, 2: name one with --journey"),
        (
            ["reject", "B", "--offer", "earlier"],
            1,
            "irops: offer earlier of B has ended; offer3 is open now: see `irops queue show B`",
        ),
        (["choose", "B", "3"], 2, "irops: the offer to B has the trips 1 to 2, and no 3"),
        (["choose", "B", "0"], 2, "irops: the offer to B has the trips 1 to 2, and no 0"),
        (["show", "no PNR"], 2, "irops: Invalid value for PNR: 'no PNR' is no PNR"),
        (["approve", "B", "--as", "crew"], 2, "irops: Invalid value for '--as'"),
    ],
)
async def test_what_cannot_be_answered_is_one_line(
    server: Server, bus: Bus, arguments: list[str], status: int, line: str
) -> None:
    """Nothing is published."""
    await record(bus, FACT, *others())
    ended = await irops("queue", *arguments, url=server.url)
    assert (ended.status, ended.out, ended.err.count("\n")) == (status, "", 1)
    assert ended.err.startswith(line)
    assert not [m async for m in bus.history(OFFER_ANSWERED)]


async def test_offers_are_exported_as_facts(server: Server, bus: Bus) -> None:
    """With their subject, as other facts are."""
    await record(bus, FACT)
    line = msgspec.json.decode((await irops("export", "facts", url=server.url)).out)
    assert line["subject"] == "booking.offered.K7QX2M.offer1"
    assert msgspec.convert(line["message"], TripOffered) == FACT

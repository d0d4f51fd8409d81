"""Letters about trips that are offered, and about what became of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs
from nats.aio.client import Client

from agents.notifier.adapters import email
from agents.notifier.domain import LANGUAGES, Known, Reported, Stated, Writer
from bus import Bus
from bus.admin.provision import set_clock
from bus.clock import wall
from contracts.care import Entitlement
from contracts.clock import Clock
from contracts.ledger import Answerer, BookingChanged, BookingKept, BookingStranded, Language
from contracts.notices import NOTICE_POINTLESS
from tests.agents.notifier.notifier_world import Booker, Letters, notifier_of, sent, superseded
from tests.agents.notifier.samples import (
    FIRST,
    FROM_NEWARK,
    JOURNEYS,
    KNOWN,
    LATER,
    ONWARD,
    SAME_AIRPORT,
    at,
    changed,
    kept,
    offered,
    stranded,
)

GOLDEN = Path(__file__).parent / "golden"
SENDER = "Travel notices <notices@irops.example>"
OFFER = offered()
ASKED = {OFFER.id}
Case = Callable[[Language], tuple[Reported, ...]]


def answered(
    fact: BookingChanged | BookingKept | BookingStranded, by: Answerer | None
) -> BookingChanged | BookingKept | BookingStranded:
    return structs.replace(fact, id="outcome", offer=OFFER.id, answered_by=by, follows=OFFER.id)


def declined(fact: BookingStranded, by: Answerer | None) -> Reported:
    return structs.replace(answered(fact, by), marks=("declined",))


COMPLETE: dict[str, Case] = {
    "trips": lambda language: (offered(marks=((), ("night",)), language=language),),
    "one-or-none": lambda language: (
        offered(trips=((FROM_NEWARK,),), default="leave", marks=(("country",),), language=language),
    ),
    "beside-a-trip": lambda language: (
        offered(after=(LATER,), stands=True, reason="retimed", default="leave", language=language),
    ),
    "in-place-of-a-trip": lambda language: (
        offered(trips=((SAME_AIRPORT,),), after=(LATER,), stands=True, reason="retimed", language=language),
    ),
    "waiting": lambda language: (offered((), default="leave", language=language),),
    "waiting-unreported": lambda language: (stranded(language=language), offered((), language=language)),
    "back": lambda language: (
        offered((LATER,), trips=((KNOWN,),), after=(LATER,), stands=True, reason="restored", language=language),
    ),
    "desk": lambda language: (offered(answerer="desk", language=language),),
    "desk-beside-a-trip": lambda language: (
        offered(answerer="desk", after=(LATER,), stands=True, reason="retimed", language=language),
    ),
    "system-waiting": lambda language: (offered((), answerer="system", language=language),),
    "chosen": lambda language: (answered(changed(language=language), "party"),),
    "by-staff": lambda language: (answered(changed((), language=language), "desk"),),
    "unanswered": lambda language: (answered(changed(language=language), None),),
    "kept": lambda language: (answered(kept(after=(KNOWN,), language=language), "party"),),
    "retimed": lambda language: (answered(kept(language=language), None),),
    "declined": lambda language: (declined(stranded(language=language), "party"),),
    "declined-by-staff": lambda language: (declined(stranded(language=language), "desk"),),
    "declined-waiting": lambda language: (declined(structs.replace(stranded(language=language), before=()), None),),
    "unasked": lambda language: (structs.replace(changed(language=language), marks=("unasked",)),),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_complete_letters_read_as_agreed(writer: Writer, language: Language, name: str) -> None:
    """Offers and their outcomes, in each language."""
    *earlier, fact = COMPLETE[name](language)
    letter = writer.write(fact, journeys=JOURNEYS, earlier=earlier, asked=ASKED)
    assert email(letter, sender=SENDER).decode() == (GOLDEN / f"offer-{name}-{language}.eml").read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in COMPLETE if not name.startswith("kept")])
def test_no_letter_of_an_offer_calls_anything_confirmed(writer: Writer, language: Language, name: str) -> None:
    """Nothing is, before the ticket shows it."""
    *earlier, fact = COMPLETE[name](language)
    letter = writer.write(fact, journeys=JOURNEYS, earlier=earlier, asked=ASKED)
    assert not letter.confirms
    assert "onfirm" not in letter.subject + letter.body


@pytest.mark.parametrize("answerer", ["desk", "system"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_not_asked_reads_no_trips(writer: Writer, language: Language, answerer: Answerer) -> None:
    """What may still be refused is no promise, and there is nothing to answer."""
    body = writer.write(offered(answerer=answerer, language=language), journeys=JOURNEYS).body
    assert "B6 2017" not in body
    assert "DL 22" not in body


def test_the_deadline_is_shown_by_the_clock_where_the_reader_is(writer: Writer) -> None:
    """In the air that is where it lands."""
    flying = structs.replace(FIRST, departs=at("2013-02-08T10:00"), arrives=at("2013-02-08T14:00"))
    offer = offered((flying, ONWARD), trips=((flying, SAME_AIRPORT),), after=(flying, ONWARD), stands=True)
    body = writer.write(offer, known=Known(now=offer.decided_at), journeys=JOURNEYS).body
    assert "before 3:00 PM, local time in Detroit (DTW), on Friday, February 8, 2013" in body


def test_an_airport_without_a_known_zone_has_its_deadline_in_utc(writer: Writer) -> None:
    """And no word of a local time."""
    nowhere = structs.replace(SAME_AIRPORT, flight="B6.9.ZZZ.2013-02-08")
    body = writer.write(offered((nowhere,)), journeys=JOURNEYS).body
    assert "before 8:00 PM UTC on Friday, February 8, 2013" in body


def test_an_offer_states_the_rights_that_are_known(writer: Writer) -> None:
    """And that neither a no nor silence gives them up."""
    refund = Entitlement(
        kind="refund", answer="owed", rule_set="us-refunds", law="14 CFR 260", source="14 CFR 260.6(b)", passengers=1,
        if_declined=True, because="cancelled", rule="cancelled",
    )  # fmt: skip
    body = writer.write(OFFER, journeys=JOURNEYS, stated=Stated("care", (refund,))).body
    assert body.count("YOUR RIGHTS\n") == 1
    assert "* your money back, if you choose not to travel (14 CFR 260.6(b))" in body
    assert "You lose no right by saying no, or by not answering." in body


def test_what_the_party_has_chosen_needs_no_reasons(writer: Writer) -> None:
    """Those that the model gave were for another question."""
    fact = structs.replace(changed(), because=("delay",))
    assert "we chose this one" in writer.write(fact, journeys=JOURNEYS).body
    chosen = answered(fact, "party")
    assert "we chose this one" not in writer.write(chosen, journeys=JOURNEYS).body


@pytest.mark.parametrize(
    ("fact", "earlier", "begins"),
    [
        (answered(changed(), None), [OFFER], "We have already rearranged your trip"),
        (answered(changed(), "system"), [], "We have already rearranged your trip"),
        (kept((SAME_AIRPORT,), after=(SAME_AIRPORT,)), [answered(changed(), "party")], "As you chose, we have booked"),
        (changed((SAME_AIRPORT,), after=(FROM_NEWARK,)), [answered(changed(), "party")], "We have already rearranged"),
    ],
    ids=["never asked", "by a system", "chosen and kept", "chosen and moved"],
)
def test_a_letter_names_the_answer_that_its_trip_follows_from(
    writer: Writer, fact: Reported, earlier: list[Reported], begins: str
) -> None:
    """Only where the party knows of the question, and has been given no other trip since."""
    body = writer.write(fact, journeys=JOURNEYS, earlier=earlier).body
    assert begins in body
    assert "no answer from you" not in body


# On real streams.


async def test_an_offer_has_a_letter(bus: Bus, writer: Writer) -> None:
    """Recorded as sent."""
    letters = Letters()
    await notifier_of(bus, writer, letters).hear([await Booker(bus).say(OFFER)])
    assert letters.taken[OFFER.id].subject == "Flight B6 1017 is cancelled: please choose"
    assert await sent(bus, OFFER)


async def test_silence_is_named_to_those_who_were_asked(bus: Bus, writer: Writer) -> None:
    """In the letter about what was done then."""
    booker, letters = Booker(bus), Letters()
    notifier = notifier_of(bus, writer, letters)
    await notifier.hear([await booker.say(OFFER)])
    await notifier.hear([await booker.say(answered(changed(), None))])
    assert "As we had no answer from you, we have booked this trip for you:" in letters.taken["outcome"].body


@pytest.mark.parametrize(("answerer", "refuses"), [("desk", []), ("party", [OFFER.id])], ids=["not asked", "no letter"])
async def test_silence_is_not_named_to_others(bus: Bus, writer: Writer, answerer: Answerer, refuses: list[str]) -> None:
    """Who has had no letter with the question has not been silent."""
    booker, letters = Booker(bus), Letters(refuses=refuses)
    notifier = notifier_of(bus, writer, letters)
    await notifier.hear([await booker.say(structs.replace(OFFER, answerer=answerer))])
    await notifier.hear([await booker.say(answered(changed(), None))])
    assert "We have already rearranged your trip" in letters.taken["outcome"].body


async def test_an_offer_whose_letter_was_not_sent_is_covered_by_the_outcomes(bus: Bus, writer: Writer) -> None:
    """One letter, from the trip that the party knows."""
    booker, letters = Booker(bus), Letters()
    outcome = answered(changed(), "party")
    group = [await booker.say(OFFER), await booker.say(outcome)]
    await notifier_of(bus, writer, letters).hear(group)
    notice = await sent(bus, outcome)
    assert notice is not None
    assert notice.covers == (OFFER.id,)
    assert await superseded(bus, OFFER)
    assert list(letters.taken) == ["outcome"]


async def test_an_offer_reports_the_facts_before_it_that_had_no_letter(bus: Bus, writer: Writer) -> None:
    """The party learns why it has no trip."""
    booker, letters = Booker(bus), Letters()
    offer = structs.replace(offered(()), follows="factS")
    await notifier_of(bus, writer, letters).hear([await booker.say(stranded()), await booker.say(offer)])
    assert letters.taken[offer.id].subject == "Flight B6 1017 is cancelled: please choose"
    notice = await sent(bus, offer)
    assert notice is not None
    assert notice.covers == ("factS",)


async def test_a_letter_about_an_offer_is_pointless_once_it_cannot_be_answered(
    nc: Client, bus: Bus, writer: Writer
) -> None:
    """The next letter says what was done."""
    letters, delivery = Letters(), await Booker(bus).say(OFFER)
    await set_clock(nc, Clock(now=OFFER.until, at=wall(), speed=1))
    await notifier_of(bus, writer, letters).hear([delivery])
    assert await pointless(bus)
    assert not letters.taken


async def test_a_letter_about_an_offer_that_has_ended_is_pointless(bus: Bus, writer: Writer) -> None:
    """A flight of it has changed, and the journey is planned again."""
    booker, letters = Booker(bus), Letters()
    delivery = await booker.say(OFFER)
    await booker.end_offer(OFFER.pnr)
    await notifier_of(bus, writer, letters).hear([delivery])
    assert await pointless(bus)
    assert not letters.taken


async def test_an_offer_that_ends_while_its_letter_is_tried_is_not_sent(bus: Bus, writer: Writer) -> None:
    """The booking is read again before each further attempt."""
    booker = Booker(bus)
    delivery = await booker.say(OFFER)
    letters = Letters(fails_once=lambda: booker.end_offer(OFFER.pnr))
    await notifier_of(bus, writer, letters).hear([delivery])
    assert await pointless(bus)
    assert not letters.taken


async def test_a_diversion_is_known_across_an_offer(bus: Bus, writer: Writer) -> None:
    """The letter before the offer was about it: now the flight goes on after all."""
    booker, letters = Booker(bus), Letters()
    notifier = notifier_of(bus, writer, letters)
    diverted = kept(after=(KNOWN,), reason="diverted", diverted_to="BDL")
    offer = structs.replace(offered(after=(KNOWN,), stands=True, reason="diverted"), follows=diverted.id)
    resumed = structs.replace(kept(after=(KNOWN,)), id="resumed", follows=offer.id)
    for fact in (diverted, offer, resumed):
        await notifier.hear([await booker.say(fact)])
    assert letters.taken["resumed"].subject == "Flight B6 1017 goes to Boston (BOS) after all"


async def pointless(bus: Bus) -> bool:
    """Whether the offer's letter was recorded as pointless."""
    key = NOTICE_POINTLESS.key(pnr=OFFER.pnr, id=OFFER.id)
    return (await bus.load([key]))[key] is not None and await sent(bus, OFFER) is None

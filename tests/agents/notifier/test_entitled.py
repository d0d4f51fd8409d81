"""What a party is owed: in the letter about its trip where it is known by then, else in a letter of its own."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from agents.notifier.adapters import email
from agents.notifier.agent import Notifier, stated_of
from agents.notifier.domain import LANGUAGES, LetterLanguage, RightsLetter, Stated, Writer, rights_of
from bus import Bus, Commit, Delivery, Fact, Write
from contracts.care import CARE_OWED, RIGHTS_ACCOUNT, CareOwed, Entitlement, RightsAccount
from contracts.ledger import Party
from contracts.money import Money
from contracts.names import Id
from contracts.notices import (
    NOTICE_POINTLESS,
    NOTICE_SENT,
    NOTICE_SUPERSEDED,
    NoticeResent,
    ResendNotice,
)
from contracts.subject import Subject
from tests.agents.notifier.notifier_world import HASTY, PATIENT, Booker, Letters, notifier_of
from tests.agents.notifier.samples import DECIDED, JOURNEYS, changed, stranded
from tests.agents.notifier.test_letters import GOLDEN, SENDER

FACT = changed()
PNR = FACT.pnr
REFUND = Entitlement(
    kind="refund", answer="owed", rule_set="us-refunds", law="14 CFR 260", source="14 CFR 260.6(b)", passengers=2,
    amount=Money(amount=Decimal("412.30"), currency="USD"), if_declined=True,
)  # fmt: skip
MEALS = Entitlement(
    kind="meals", answer="owed", rule_set="eu-261-2004", law="Regulation (EC) No 261/2004", source="Art. 5(1)(b), 9(1)(a)",
    passengers=2,
)  # fmt: skip
COMPENSATION = structs.replace(
    MEALS, kind="compensation", answer="cause_unknown", source="Art. 5(1)(c), 7(1)(b); a remark",
    amount=Money(amount=Decimal("800.00"), currency="EUR"),
)  # fmt: skip
PACKAGE = (REFUND, MEALS, COMPENSATION)
DENIED = structs.replace(COMPENSATION, answer="not_owed")
OUTCOMES: dict[str, Subject[Any]] = {
    "sent": NOTICE_SENT,
    "superseded": NOTICE_SUPERSEDED,
    "pointless": NOTICE_POINTLESS,
}


class Care:
    """A care agent, played by the test."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.account = RightsAccount(pnr=PNR)
        self._revision = 0

    async def owe(self, id_: Id, *package: Entitlement) -> Delivery[CareOwed]:
        """Say that this is owed now. Returns it as delivered to the notifier."""
        care = CareOwed(pnr=PNR, id=id_, package=package, decided_at=DECIDED, follows=self.account.last_care)
        self.account = structs.replace(self.account, answers=package, last_care=id_)
        addressed, state = CARE_OWED.of(care), RIGHTS_ACCOUNT.of(self.account)
        done = await self.bus.commit(Commit([Fact(addressed)], [Write(state, self._revision)]))
        self._revision = done[state.name]
        return Delivery(
            message=care, subject=addressed.name, stream="CARE", sequence=done[addressed.name], settled=self._revision,
            id=addressed.name, trace="", stored_at=DECIDED,
        )  # fmt: skip

    async def outcomes(self, *ids: Id) -> list[list[str]]:
        """What became of the notice about each of these."""
        found: list[list[str]] = []
        for id_ in ids:
            keys = {name: subject.key(pnr=PNR, id=id_) for name, subject in OUTCOMES.items()}
            loaded = await self.bus.load(keys.values())
            found.append([name for name, key in keys.items() if loaded[key]])
        return found


@pytest.fixture
def care(bus: Bus) -> Care:
    return Care(bus)


def notifier(bus: Bus, writer: Writer, letters: Letters, care: Care) -> Notifier:
    """Its view of what is owed is the account of the test's agent."""
    return Notifier(bus, writer, [letters], PATIENT, stated=lambda _journey: stated_of(care.account))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["rights", "rights-withdrawn", "rights-stranded"])
def test_complete_letters_read_as_agreed(writer: Writer, language: LetterLanguage, name: str) -> None:
    """Alone, with what is owed and when nothing is any more; and within a letter about the trip."""
    if name == "rights-stranded":
        letter = writer.write(stranded(language=language), journeys=JOURNEYS, stated=Stated("care", PACKAGE))
    else:
        rights = rights_of(PACKAGE if name == "rights" else ())
        party = Party(passengers=2, seats=2, cabin="economy", language=language, contact="ana@example.com")
        notice = RightsLetter(pnr=PNR, reference=PNR, journey=JOURNEYS[0], rights=rights)
        letter = writer.write_rights(notice, id_="care", party=party, decided_at=DECIDED)
    golden = GOLDEN / f"{name}-{language}.eml"
    assert email(letter, sender=SENDER).decode() == golden.read_text(encoding="utf-8")


def test_a_letter_says_what_is_owed_and_what_may_be() -> None:
    """And nothing of what is not."""
    account = RightsAccount(pnr=PNR, answers=(REFUND, DENIED), last_care="care")
    assert stated_of(account) == Stated("care", (REFUND,))
    assert stated_of(structs.replace(account, answers=(DENIED,))) is None


async def test_what_is_known_when_a_letter_is_written_is_in_it(bus: Bus, writer: Writer, care: Care) -> None:
    """Its record says which package, so that no second letter repeats it."""
    owed = await care.owe("care", REFUND)
    letters, fact = Letters(), await Booker(bus).say(FACT)
    agent = notifier(bus, writer, letters, care)
    await agent.hear([fact])
    await agent.hear_care([owed])
    (letter,) = letters.taken.values()
    assert "412.30 USD" in letter.body
    sent = (await bus.load([key := NOTICE_SENT.key(pnr=PNR, id=FACT.id)]))[key]
    assert sent
    assert sent.message.care == "care"
    assert await care.outcomes("care") == [["superseded"]]


async def test_what_comes_later_is_a_letter_of_its_own(bus: Bus, writer: Writer, care: Care) -> None:
    """Once, however often it is delivered."""
    letters, fact = Letters(), await Booker(bus).say(FACT)
    agent = notifier(bus, writer, letters, care)
    await agent.hear([fact])
    owed = await care.owe("care", REFUND)
    await agent.hear_care([owed])
    await notifier(bus, writer, again := Letters(), care).hear_care([owed])
    assert [letters.taken["care"].subject, *again.taken] == ["Your rights on your trip to Boston (BOS)"]
    assert await care.outcomes("care") == [["sent"]]


async def test_the_last_package_alone_is_in_a_letter(bus: Bus, writer: Writer, care: Care) -> None:
    """The one before it is superseded."""
    await Booker(bus).say(FACT)
    owed = [await care.owe("first", REFUND), await care.owe("second", MEALS)]
    letters = Letters()
    await notifier(bus, writer, letters, care).hear_care(owed)
    assert list(letters.taken) == ["second"]
    assert await care.outcomes("first", "second") == [["superseded"], ["sent"]]


@pytest.mark.parametrize(("informed", "outcome"), [(True, "sent"), (False, "pointless")])
async def test_that_nothing_is_owed_any_more_is_for_those_who_read_otherwise(
    bus: Bus, writer: Writer, care: Care, informed: bool, outcome: str
) -> None:
    """A party that never read of it learns of no withdrawal."""
    await Booker(bus).say(FACT)
    letters = Letters()
    agent = notifier(bus, writer, letters, care)
    first = await care.owe("first", REFUND)
    if informed:
        await agent.hear_care([first])
    await agent.hear_care([await care.owe("second")])
    assert await care.outcomes("second") == [[outcome]]


async def test_a_party_whose_journey_has_gone_has_no_letter(bus: Bus, writer: Writer, care: Care) -> None:
    """The reservation system has changed its booking; and one that was forgotten is named in no record."""
    booker = Booker(bus)
    await booker.say(FACT)
    owed = await care.owe("care", REFUND)
    letters = Letters()
    agent = notifier(bus, writer, letters, care)
    await agent.hear_care([structs.replace(owed, message=structs.replace(owed.message, journey=2))])
    await booker.forget(PNR)
    await agent.hear_care([await care.owe("third", REFUND)])
    assert letters.taken == {}
    assert await care.outcomes("care", "third") == [["pointless"], []]


async def test_a_letter_about_rights_that_failed_is_sent_when_an_operator_asks(
    bus: Bus, writer: Writer, care: Care
) -> None:
    """By its id."""
    await Booker(bus).say(FACT)
    letters = Letters(fails=[True])
    agent = notifier_of(bus, writer, letters, HASTY)
    await agent.hear_care([await care.owe("care", REFUND)])
    assert await agent.resend(ResendNotice(pnr=PNR, id="care")) == NoticeResent(channel="letters")


async def test_a_refused_letter_about_rights_is_sent_to_a_corrected_address(
    bus: Bus, writer: Writer, care: Care
) -> None:
    """After the letter about the trip, if that was refused, too."""
    booker, letters = Booker(bus), Letters(refuses=[FACT.id, "care"])
    agent = notifier_of(bus, writer, letters, HASTY)
    await agent.hear([await booker.say(FACT)])
    await agent.hear_care([await care.owe("care", REFUND)])
    amended = await booker.correct(PNR, contact="new@example.org")
    letters.refuses = ()
    assert await agent.hear_amended([amended]) == []
    assert [(id_, letter.to) for id_, letter in letters.taken.items()] == [
        (FACT.id, "new@example.org"), ("care", "new@example.org"),
    ]  # fmt: skip

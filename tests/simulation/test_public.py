"""The scripted public: what parties answer, and that the same seed always has them answer alike."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from contracts.offers import TripOffered
from simulation.public import MINUTES, REACTIONS, REPEATED, Reply, reply_to

NOW = datetime(2013, 2, 8, 12, tzinfo=UTC)
OFFER = TripOffered(
    pnr="P", id="o", reason="cancelled", before=(), language="en", contact="", decided_at=NOW, answerer="party",
    until=NOW + timedelta(hours=2), default="take", trips=((), ()), options=("a", "b"), stands=False,
)  # fmt: skip
MANY = 4000


def replies(offer: TripOffered = OFFER, *, seed: int = 7) -> list[Reply | None]:
    return [reply_to(structs.replace(offer, pnr=f"P{n}"), seed=seed) for n in range(MANY)]


def share(count: int) -> float:
    return count / MANY


def test_each_reaction_has_its_share() -> None:
    counted = Counter(
        "silence" if reply is None else f"{reply.answer.answer} {reply.answer.option}".strip() for reply in replies()
    )
    as_seen = {"first": "take", "another": "take b", "decline": "leave", "silence": "silence"}
    for reaction, seen in as_seen.items():
        wanted = sum(each == reaction for each in REACTIONS) / 1000
        assert share(counted[seen]) == pytest.approx(wanted, abs=0.03)


def test_answers_come_in_whole_minutes_and_a_few_too_late() -> None:
    """Within the time that the table gives."""
    waits = [reply.at - NOW for reply in replies() if reply]
    minutes = [wait // timedelta(minutes=1) for wait in waits]
    assert waits == [timedelta(minutes=number) for number in minutes]
    assert (min(minutes), max(minutes)) == (min(MINUTES)[0], max(MINUTES)[1])
    late = sum(wait > timedelta(hours=2) for wait in waits) / len(waits)
    assert late == pytest.approx(0.05, abs=0.02)


def test_some_answers_are_sent_twice() -> None:
    answered = [reply for reply in replies() if reply]
    again = [reply for reply in answered if reply.repeated_at]
    assert len(again) / len(answered) == pytest.approx(REPEATED, abs=0.02)
    assert all(reply.repeated_at and reply.repeated_at > reply.at for reply in again)


def test_one_seed_has_a_party_always_answer_alike() -> None:
    assert replies() == replies()
    assert replies() != replies(seed=8)


def test_an_answer_has_an_id_of_its_own_and_names_its_offer() -> None:
    found = [reply.answer for reply in replies() if reply]
    assert len({answer.id for answer in found}) == len(found)
    assert {(answer.offer, answer.by) for answer in found} == {("o", "party")}


def test_an_offer_of_one_trip_has_no_other_to_choose() -> None:
    one = structs.replace(OFFER, trips=((),), options=("a",))
    assert {reply.answer.option for reply in replies(one) if reply} == {""}


def test_a_party_does_not_answer_what_others_are_asked() -> None:
    assert set(replies(structs.replace(OFFER, answerer="desk"))) == {None}

"""Answers of the reservation system's, by a version of a booking or too late, that were not followed, or not contradicted."""

from collections.abc import Mapping
from dataclasses import replace as but
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.reservations import (
    AmendedJourney,
    BookingAmended,
    BookingContradicted,
    PartySummary,
    ReservationStatus,
)
from contracts.rules import Consent
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import DEAD, NOW, hours
from tests.irops.audit.offer_world import LATER, NEXT, answer, ended, refused, taken, trip, with_fact, with_offer, world
from tests.single_journey import altered

OPEN = world()
OF_SYSTEM = with_offer(world(consent=(Consent(by="system", tiers=("gold",)),)), answerer="system")


def found(streams: Streams) -> tuple[str, ...]:
    return audit(streams).findings.get("misjudged_offers", ())


def version(streams: Streams, on: str = NEXT, **fields: Any) -> ReservationStatus:
    """The booking on this flight, by the reservation system's first version."""
    booking = altered(streams.bookings["O"], legs=trip(streams, on))
    return replace(ReservationStatus(pnr="O", version=1, booking=booking, offer="pO"), **fields)


def echoed(on: str = NEXT, status: ReservationStatus | None = None, asked: Streams = OF_SYSTEM) -> Streams:
    """The world in which a version of the booking has taken the trip on this flight."""
    streams = but(taken(asked, on, answered_by="system"), replies=[])
    return but(streams, reservations=[(3, status or version(asked, on))])


@pytest.mark.parametrize("asked", [OF_SYSTEM, OPEN], ids=["system", "party"])
@pytest.mark.parametrize("on", [NEXT, LATER])
def test_a_trip_that_a_version_of_the_booking_has_taken_is_no_fault(on: str, asked: Streams) -> None:
    """Others may be asked: what the reservation system reports needs no one's yes."""
    assert found(echoed(on, asked=asked)) == ()


def test_an_answer_that_repeats_the_version_need_not_be_decided() -> None:
    assert found(but(echoed(), replies=[answer(id="later", by="system")])) == ()


UNLIKE: Mapping[str, tuple[Streams, str]] = {
    "by another": (but(echoed(), reservations=[]), "is answered by aO, which no one has answered"),
    "of another offer": (
        echoed(status=version(OPEN, offer="another")),
        "is answered by aO, which no one has answered",
    ),
    "on another flight": (echoed(status=version(OPEN, LATER)), "is answered by aO, which no one has answered"),
    "with a trip that was not offered": (
        with_fact(echoed(status=version(OPEN, DEAD)), after=trip(OPEN, DEAD)),
        "is answered by aO, a version of the booking, and not with one of its trips",
    ),
    "by the party": (
        with_fact(echoed(), answered_by="party"),
        "is for the system, and was answered by the party",
    ),
}


@pytest.mark.parametrize(("streams", "why"), UNLIKE.values(), ids=UNLIKE)
def test_a_trip_that_no_version_has_taken_is_found(streams: Streams, why: str) -> None:
    assert f"O offer pO {why}" in found(streams)


def passed_over(**fields: Any) -> Streams:
    """The world in which a version was applied that has a trip of the open offer, and names it."""
    streams = ended(OPEN)
    summary = PartySummary(passengers=2, seats=2, language="en", contact="")
    amended = BookingAmended(
        pnr="O", id="v1", version=1, before=summary, after=summary, decided_at=NOW, rules=1,
        journeys=(AmendedJourney(number=1, before=streams.offered[0][1].before, after=trip(streams), follows="pO"),),
    )  # fmt: skip
    return but(streams, amended=[(15, replace(amended, **fields))], reservations=[(3, version(OPEN))])


def test_a_version_that_names_the_open_offer_and_was_not_taken_for_its_answer_is_found() -> None:
    assert "O offer pO was answered by version 1, which was not taken for it" in found(passed_over())


@pytest.mark.parametrize(
    "streams",
    [
        passed_over(decided_at=NOW + hours(2)),
        passed_over(changed=("seats",)),
        but(passed_over(), reservations=[(3, version(OPEN, offer=""))]),
        but(passed_over(), reservations=[(3, version(OPEN, DEAD))]),
    ],
    ids=["too late", "in more seats", "names no offer", "has another trip"],
)
def test_a_version_that_is_no_answer_may_be_applied_as_any_other(streams: Streams) -> None:
    assert not any("was not taken for it" in fault for fault in found(streams))


def late(reply: str = "take", *contradicted: BookingContradicted, by: str = "system") -> Streams:
    """The world in which the party has its old trip, and an answer was refused."""
    return but(
        OPEN,
        replies_refused=[(16, refused(refusal="changed"))],
        replies=[answer(answer=reply, by=by)],
        amended=[(17 + at, each) for at, each in enumerate(contradicted)],
    )


def contradicted(**fields: Any) -> BookingContradicted:
    fact = BookingContradicted(
        pnr="O", id="c", version=0, answer="aO", reason="answered", detail="", decided_at=NOW, rules=1
    )
    return replace(fact, **fields)


LATE: Mapping[str, tuple[Streams, str]] = {
    "confirmed": (
        late(),
        "was refused, and its booking is on another trip there than here, which no one is informed of",
    ),
    "refused": (late("leave", contradicted()), "is contradicted, and its party is as it says"),
    "twice": (late("take", contradicted(), contradicted(id="d")), "is contradicted twice"),
    "of the party": (late("take", contradicted(), by="party"), "is contradicted, and is the party's"),
    "for another reason": (late("take", contradicted(reason="moved")), "is contradicted as moved"),
    "at another time": (
        late("take", contradicted(decided_at=NOW - hours(1))),
        "is contradicted at another time than it was refused, or by other rules",
    ),
    "at another version": (
        late("take", contradicted(version=2)),
        "is contradicted at version 2, and 0 was the last",
    ),
    "never refused": (but(late("take", contradicted()), replies_refused=[]), "is contradicted, and was not refused"),
}


@pytest.mark.parametrize(("streams", "why"), LATE.values(), ids=LATE)
def test_a_late_answer_that_is_not_contradicted_as_it_has_to_be_is_found(streams: Streams, why: str) -> None:
    assert f"O answer aO {why}" in found(streams)


def test_a_late_confirmation_waits_for_a_person_and_is_no_fault() -> None:
    streams = late("take", contradicted())
    assert not any("contradicted" in fault or "informed" in fault for fault in found(streams))
    assert "O an answer of the reservation system: answered: " in audit(streams).for_a_person.shown

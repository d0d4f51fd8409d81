"""Offers that were answered twice, late or otherwise than offered, that stay open, or that states or letters contradict."""

from collections.abc import Callable
from dataclasses import replace as but
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.brakes import Brake, BrakedJourney, Brakes, BrakeSet, PutAside, Scope
from contracts.ledger import BookingChanged, Holding, Reserved
from contracts.notices import NoticePointless
from contracts.plans import PlanRefused
from contracts.reservations import BookingAmended, PartySummary
from contracts.rules import Consent
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import DEAD, FINE, LATE, NOW, flight, hours, key, leg, with_flight
from tests.irops.audit.offer_world import (
    LATER,
    MINUTE,
    NEXT,
    OFFERED,
    answer,
    ended,
    left,
    made,
    refused,
    state_of,
    taken,
    trip,
    with_fact,
    with_offer,
    world,
)
from tests.single_journey import altered

FIGURE = "misjudged_offers"
ELSEWHERE = key(9, "BOS")
OPEN = world()
END = NOW + hours(2)
LEAVES = Consent(by="party", tiers=("gold",), default="leave")
TAKEN = taken(OPEN)


def found(streams: Streams, figure: str = FIGURE) -> tuple[str, ...]:
    return audit(streams).findings.get(figure, ())


def withdrawn(streams: Streams, **fields: Any) -> Streams:
    refusal = PlanRefused(pnr="O", id="pO", refusal="stale", reason="cancelled", detail="", rules=1)
    return but(streams, withdrawn=[(15, replace(refusal, **fields))])


def from_elsewhere() -> Streams:
    streams = with_flight(OPEN, flight(ELSEWHERE, departs=hours(8)))
    return with_offer(streams, trips=(trip(streams, ELSEWHERE),), options=("a",))


@pytest.mark.parametrize(
    "streams",
    [
        OPEN,
        TAKEN,
        taken(OPEN, LATER),
        taken(but(OPEN, now=END), decided_at=END, answered_by=None),
        left(OPEN),
        left(but(world(consent=[LEAVES]), now=END), decided_at=END, answered_by=None),
        but(OPEN, now=END),
    ],
    ids=["open", "taken", "another option", "by default", "left", "left by default", "to its end"],
)
def test_a_sound_world_with_an_offer_is_clean(streams: Streams) -> None:
    """While it is open, and after it was answered or was not."""
    assert audit(streams).findings == {}


def test_a_party_with_an_open_offer_is_being_answered_until_its_time_is_over() -> None:
    """It is on a cancelled flight, and that is no fault before."""
    end = NOW + hours(2)
    assert audit(but(OPEN, now=end)).findings == {}
    late = audit(but(OPEN, now=end + hours(0.5))).findings
    assert {"unanswered_parties", "parties_on_dead_flights", FIGURE} <= late.keys()
    assert found(but(OPEN, now=end + hours(0.5))) == (
        f"O offer pO is open, and could be answered until {end.isoformat()}",
    )


def test_a_journey_that_waits_for_a_brake_may_stay_asked() -> None:
    brake = Brake(n=1, scope=Scope(), by="ops", why="fog", since=NOW)
    entry = BrakedJourney(
        pnr="O", journey=1, brake=1, since=NOW, order=1, plans=(PutAside(id="p", reason="cancelled"),)
    )
    streams = but(
        OPEN,
        now=NOW + hours(3),
        brakes=[(16, BrakeSet(n=1, brake=brake))],
        brakes_in_force=[Brakes(brakes=(brake,), last=1)],
        braked={("O", 1): entry},
    )
    assert found(streams) == ()


def closed() -> Streams:
    """By the known time of its flight, which had moved."""
    flight, ledger = OPEN.flights[NEXT], OPEN.seats[NEXT]
    soon = NOW + hours(2)
    return but(
        OPEN,
        now=NOW + hours(1.75),
        flights={**OPEN.flights, NEXT: replace(flight, departs=soon)},
        seats={**OPEN.seats, NEXT: replace(ledger, departs=soon)},
    )


def cancelled_meanwhile() -> Streams:
    flight, ledger = OPEN.flights[NEXT], OPEN.seats[NEXT]
    return but(
        OPEN,
        flights={**OPEN.flights, NEXT: replace(flight, phase="cancelled")},
        seats={**OPEN.seats, NEXT: replace(ledger, phase="cancelled")},
    )


def moved_without_a_word() -> Streams:
    moved = altered(OPEN.bookings["O"], legs=trip(OPEN, LATER))
    return but(OPEN, bookings={**OPEN.bookings, "O": moved})


def chosen_and_not_booked() -> Streams:
    return but(TAKEN, replies=[answer("b")])


OFFERS: dict[str, tuple[Streams, str]] = {
    "no trips": (with_offer(OPEN, trips=(), options=()), "has no trip"),
    "an empty trip": (but(OPEN, offered=[(OFFERED, made(OPEN, trips=((),), options=("a",)))]), "has no trip"),
    "one id for two": (with_offer(OPEN, options=("a", "a")), "has 2 trips, under 1 ids"),
    "of an offer": (with_offer(OPEN, answered_by="party"), "is the answer to another"),
    "as before": (with_offer(OPEN, trips=(made(OPEN).before,), options=("a",)), "has the trip that the party had"),
    "another present trip": (
        with_offer(OPEN, after=trip(OPEN, LATER)),
        "has another present trip than the party had",
    ),
    "no trip stands": (
        with_offer(OPEN, before=(), after=(), stands=True),
        "leaves a trip as it is, and there is none",
    ),
    "of the future": (with_offer(OPEN, decided_at=NOW + hours(1)), "was made at 2013-02-08T13:00:00+00:00, after now"),
    "times never had": (
        with_offer(OPEN, trips=((replace(trip(OPEN)[0], departs=NOW + hours(9)),),), options=("a",)),
        f"has times of {NEXT} that it never had",
    ),
    "no such number": (
        with_offer(OPEN, trips=((replace(trip(OPEN)[0], sold_as=DEAD),),), options=("a",)),
        f"has {NEXT} as {DEAD}, under which it is not sold",
    ),
    "too short": (with_offer(OPEN, until=NOW + 14 * MINUTE), "could be answered for 14 min alone"),
    "too long for its flight": (
        with_offer(OPEN, until=NOW + hours(7.75)),
        "could be answered until 19:45, and its trip could not be had after 19:30",
    ),
    "too long for the present trip": (
        with_offer(OPEN, until=NOW + hours(1), stands=True),
        "could be answered until 13:00, and its trip could not be had after 12:45",
    ),
    "the present trip to elsewhere": (
        with_offer(OPEN, after=(replace(made(OPEN).before[0], destination="OAK"),)),
        "has the present trip under other numbers, or to elsewhere",
    ),
    "a flight to elsewhere": (
        with_offer(OPEN, trips=((replace(trip(OPEN)[0], destination="OAK"),),), options=("a",)),
        f"has {NEXT} to OAK, which flies to SFO",
    ),
    "a cabin that it has not": (
        with_offer(OPEN, trips=((replace(trip(OPEN)[0], cabin="business"),),), options=("a",)),
        f"has business on {NEXT}, which has no such cabin",
    ),
    "to another city": (
        with_offer(OPEN, trips=(trip(OPEN, FINE),), options=("a",)),
        "ends in BOS, and the ticket in SFO",
    ),
    "from another city": (from_elsewhere(), f"begins with {ELSEWHERE}, and the party is in JFK"),
    "a cancelled trip that stands": (
        with_offer(OPEN, stands=True, until=NOW + 30 * MINUTE),
        f"leaves a trip as it is, and {DEAD} is cancelled",
    ),
    "a trip given up": (
        with_offer(OPEN, before=trip(OPEN, FINE), after=trip(OPEN, FINE)),
        f"is to have {FINE} given up, which could be flown",
    ),
    "another reason": (with_fact(TAKEN, reason="retimed"), "is answered by aO, which has another reason"),
    "another journey's answer": (
        but(TAKEN, replies=[answer(journey=2)]),
        "is answered by aO, which is the party's answer to pO",
    ),
    "withdrawn as another's": (
        withdrawn(ended(OPEN), journey=2),
        "was withdrawn as one for another journey, or another reason",
    ),
    "withdrawn for lack of seats": (withdrawn(ended(OPEN), refusal="full"), "was withdrawn, for it was full"),
    "closed": (closed(), f"is open, and {NEXT} has been closed since 13:30"),
    "a cancelled flight": (cancelled_meanwhile(), f"is open, and {NEXT} is cancelled"),
    "moved meanwhile": (moved_without_a_word(), "is open, and the party has another trip than before"),
    "answered twice": (
        but(TAKEN, facts=[*TAKEN.facts, (16, replace(TAKEN.facts[-1][1], id="aP", follows="aO"))]),
        "was answered twice",
    ),
    "answered before": (
        but(TAKEN, facts=[*TAKEN.facts[:-1], (13, TAKEN.facts[-1][1])]),
        "is answered by aO, and was not made by then",
    ),
    "withdrawn before": (
        withdrawn(but(TAKEN, facts=[*TAKEN.facts[:-1], (16, TAKEN.facts[-1][1])])),
        "is answered by aO, and had ended",
    ),
    "by someone else": (
        but(with_fact(TAKEN, answered_by="system"), replies=[answer(by="system")]),
        "is for the party, and was answered by the system",
    ),
    "late": (with_fact(TAKEN, decided_at=NOW + hours(2)), "was answered at 14:00, and could be until 14:00"),
    "by no one": (but(TAKEN, replies=[]), "is answered by aO, which no one has answered"),
    "of another offer": (
        but(TAKEN, replies=[answer(offer="pX")]),
        "is answered by aO, which is the party's answer to pX",
    ),
    "left and booked": (but(TAKEN, replies=[answer(answer="leave")]), "is taken by aO, and was to be left"),
    "taken and not booked": (but(left(OPEN), replies=[answer()]), "is left by aO, and was to be taken"),
    "another trip": (chosen_and_not_booked(), f"is of {LATER}, and {NEXT} was booked"),
    "no such option": (but(TAKEN, replies=[answer("c")]), "has no option c, which was taken"),
    "not what was offered": (
        taken(with_offer(OPEN, trips=(trip(OPEN, LATER),), options=("b",))),
        f"is of {LATER}, and {NEXT} was booked",
    ),
    "another default": (
        taken(with_offer(OPEN, default="leave"), answered_by=None, decided_at=NOW + hours(2)),
        "was not answered, and is to be left then; aO has it otherwise",
    ),
    "no default's trip": (
        taken(OPEN, LATER, answered_by=None, decided_at=NOW + hours(2)),
        f"is of {NEXT}, and {LATER} was booked",
    ),
    "default too early": (
        taken(OPEN, answered_by=None, decided_at=NOW + hours(1)),
        "could be answered until 14:00, and was decided at 13:00 without",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("streams", "why"), OFFERS.values(), ids=OFFERS)
def test_an_offer_that_is_not_kept_is_found(streams: Streams, why: str) -> None:
    assert f"O offer pO {why}" in found(streams)


def test_a_default_may_come_early_for_a_flight_that_closes_sooner_than_was_known() -> None:
    streams = taken(OPEN, answered_by=None, decided_at=NOW + hours(1))
    state = replace(OPEN.flights[NEXT], last_change=2, departs=NOW + hours(7.9), known_at=NOW)
    change = replace(OPEN.changes[0][1], flight=NEXT, n=2, change="estimated", state=state)
    assert found(but(streams, now=NOW + hours(1), changes=[*OPEN.changes, (9, change)])) == ()


def test_a_trip_that_could_be_flown_is_not_given_up() -> None:
    """The offer says that it stands, and nothing has happened to it."""
    fine = trip(OPEN, FINE)
    offered = with_offer(OPEN, before=fine, after=fine, stands=True)
    why = f"was left, and {FINE} given up, which could be flown (aO)"
    assert f"O offer pO {why}" in found(left(offered, before=fine))
    assert f"O offer pO {why}" not in found(left(with_offer(OPEN, before=fine, after=fine), before=fine))


@pytest.mark.parametrize(("hours_before", "is_given_up"), [(0, True), (24, False)])
def test_a_party_on_its_way_may_miss_a_flight_that_leaves_earlier_after_all(
    hours_before: int, is_given_up: bool
) -> None:
    """It was given the flight with little time to get there, and that was brought forward since. With a day it is there."""
    soon = flight(key(8), "BOS", departs=hours(0.6))
    streams = with_flight(OPEN, soon)
    short = (replace(leg(soon[1]), departs=NOW + hours(0.9)),)
    lost = made(OPEN).before
    given = BookingChanged(
        pnr="O", id="m", reason="cancelled", before=lost, after=short, language="en", contact="",
        decided_at=NOW - hours(hours_before), rules=1,
    )  # fmt: skip
    streams = with_offer(but(streams, facts=[*streams.facts, (13, given)]), before=short, after=(leg(soon[1]),))
    why = f"O offer pO is to have {key(8)} given up, which could be flown"
    assert (why not in found(streams)) == is_given_up


STATES: dict[str, tuple[Streams, str]] = {
    "never made": (but(OPEN, offered=()), "has an open offer, pO, that was never made"),
    "ended": (but(TAKEN, offers=OPEN.offers), "has an open offer, pO, that has ended"),
    "another plan": (
        but(OPEN, offers={("O", 1): replace(state_of(made(OPEN)), plan=state_of(made(OPEN, id="pX")).plan)}),
        "has an open offer that is of another plan",
    ),
    "other rules": (
        but(OPEN, offers={("O", 1): state_of(made(OPEN, rules=2))}),
        "has an open offer that has another reason, or was made by other rules",
    ),
    "another time": (
        but(OPEN, offers={("O", 1): state_of(made(OPEN, until=NOW + hours(1)))}),
        "has an open offer that is for someone else, until another time, or otherwise without an answer",
    ),
    "no time to close": (
        but(OPEN, offers={("O", 1): replace(state_of(made(OPEN)), closes={})}),
        f"has an open offer that closes None before {NEXT} leaves",
    ),
    "another time to close": (
        but(OPEN, offers={("O", 1): replace(state_of(made(OPEN)), closes={NEXT: hours(4)})}),
        f"has an open offer that closes 4:00:00 before {NEXT} leaves",
    ),
    "no time for the present trip": (
        with_offer(OPEN, stands=True),
        "has an open offer that does not close before the present trip leaves",
    ),
    "made later": (
        but(OPEN, offers={("O", 1): replace(state_of(made(OPEN)), made_at=NOW + MINUTE)}),
        "has an open offer that was made at another time",
    ),
    "another trip": (
        but(OPEN, offers={("O", 1): state_of(made(OPEN, trips=(trip(OPEN, LATER), trip(OPEN))))}),
        "has an open offer that has another trip a",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("streams", "why"), STATES.values(), ids=STATES)
def test_an_open_offer_that_is_not_the_one_made_is_found(streams: Streams, why: str) -> None:
    assert f"O journey 1 {why}" in found(streams)


def test_an_offer_that_no_fact_has_ended_is_open() -> None:
    assert found(ended(OPEN)) == ("O offer pO has ended by no fact",)
    assert found(withdrawn(ended(OPEN))) == ()


def test_a_fact_that_answers_what_was_never_offered_is_found() -> None:
    assert "O has aO, the answer to pX, which was never offered" in found(with_fact(TAKEN, offer="pX"))
    assert "O has aO, which the party has answered, and it is no answer" in found(with_fact(TAKEN, offer=""))


def with_answer(streams: Streams, **fields: Any) -> Streams:
    """The world with another answer, which was refused."""
    return but(streams, replies=[answer()], replies_refused=[(16, refused(**fields))])


ANSWERS: dict[str, tuple[Streams, str]] = {
    "never": (but(OPEN, replies=[answer()]), "was never decided"),
    "twice": (but(TAKEN, replies_refused=[(16, refused(refusal="unknown offer"))]), "was decided twice"),
    "not given": (but(OPEN, replies_refused=[(15, refused(refusal="changed"))]), "was refused, and never given"),
    "another offer's": (with_answer(OPEN, offer="pX"), "was refused as the answer to another offer"),
    "of the future": (with_answer(OPEN, decided_at=NOW + hours(1)), "was refused after now"),
    "unknown": (with_answer(OPEN, refusal="unknown offer"), "was refused: unknown offer; and it was open"),
    "over": (with_answer(OPEN, refusal="over"), "was refused at 12:00: over; and it could be given until 14:00"),
    "not asked": (with_answer(OPEN, refusal="not asked"), "was refused: not asked; and the party was"),
    "full": (with_answer(OPEN), "was refused: full; and the seats were kept for it"),
    "paused": (with_answer(OPEN, refusal="paused"), "was refused: paused; and no brake was in force"),
    "none open": (
        with_answer(withdrawn(ended(OPEN)), refusal="paused"),
        "was refused: paused; and no such offer was open",
    ),
    "of another": (
        but(with_answer(OPEN, refusal="changed"), replies=[answer(by="system")]),
        "was refused: changed; and the party is asked",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("streams", "why"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_was_not_decided_as_it_had_to_be_is_found(streams: Streams, why: str) -> None:
    assert f"O answer aO {why}" in found(streams)


@pytest.mark.parametrize(
    "streams",
    [
        with_answer(OPEN, refusal="changed"),
        with_answer(OPEN, refusal="over", decided_at=NOW + hours(2)),
        but(with_answer(OPEN, refusal="full"), replies=[answer("b")]),
        but(with_answer(OPEN, refusal="not asked"), replies=[answer(by="system", answer="leave")]),
        but(with_answer(OPEN, refusal="unknown offer"), replies=[answer("c")]),
        with_answer(withdrawn(ended(OPEN)), refusal="unknown offer"),
        but(with_answer(OPEN, refusal="changed"), replies=[answer(), answer()]),
    ],
    ids=["changed", "over", "another full", "not asked", "no such trip", "unknown", "twice the same"],
)
def test_an_answer_that_is_refused_for_a_reason_is_no_fault(streams: Streams) -> None:
    assert found(but(streams, now=NOW + hours(2))) == ()


def test_seats_on_offer_are_not_there_twice() -> None:
    """They count beside those that are held."""
    full = replace(OPEN.seats[NEXT], capacity={"economy": 1})
    state = replace(OPEN.flights[NEXT], seats={"economy": 1})
    streams = but(OPEN, seats={**OPEN.seats, NEXT: full}, flights={**OPEN.flights, NEXT: state})
    assert found(streams, "oversold_seats") == (f"{NEXT} economy: 2 seats kept for offers of 1",)


def mismatched(change: Callable[[], Streams]) -> tuple[str, ...]:
    return found(change(), "ledger_mismatches")


def on_offer_without_a_booking() -> Streams:
    return but(OPEN, seats={**OPEN.seats, LATER: replace(OPEN.seats[LATER], on_offer={"O": Holding("economy", 2)})})


def on_offer_in_the_booking_alone() -> Streams:
    return but(OPEN, seats={**OPEN.seats, NEXT: replace(OPEN.seats[NEXT], on_offer={})})


def more_on_offer_than_the_party_needs() -> Streams:
    return but(OPEN, seats={**OPEN.seats, NEXT: replace(OPEN.seats[NEXT], on_offer={"O": Holding("economy", 3)})})


def booking_without_an_offer() -> Streams:
    return but(OPEN, bookings={**OPEN.bookings, "O": altered(OPEN.bookings["O"], offer="")})


def offer_for_no_journey() -> Streams:
    return but(OPEN, offers={**OPEN.offers, ("O", 2): OPEN.offers["O", 1]})


def waits_for_an_answer_to_nothing() -> Streams:
    return but(OPEN, waiting={**OPEN.waiting, ("S", 1): replace(OPEN.waiting["S", 1], is_offered=True)})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (on_offer_without_a_booking, f"{LATER} O: seats on offer that no booking has"),
        (on_offer_in_the_booking_alone, f"O: 2 economy on offer on {NEXT} by the booking, none by the ledger"),
        (more_on_offer_than_the_party_needs, f"O: 2 economy on offer on {NEXT} by the booking, 3 economy by the ledger"),
        (booking_without_an_offer, "O: has seats on offer, and no offer"),
        (offer_for_no_journey, "O: an open offer for journey 2, which it does not have"),
        (waits_for_an_answer_to_nothing, "S: waits for an answer, and has no offer"),
    ],
)  # fmt: skip
def test_booking_ledger_and_offer_have_the_same_seats(change: Callable[[], Streams], why: str) -> None:
    assert why in mismatched(change)


def test_seats_on_offer_are_those_that_the_party_has_not() -> None:
    """By the fact that offers them."""
    other = altered(OPEN.bookings["O"], offered=(Reserved(LATER, "economy"),))
    seats = {
        **OPEN.seats,
        NEXT: replace(OPEN.seats[NEXT], on_offer={}),
        LATER: replace(OPEN.seats[LATER], on_offer={"O": Holding("economy", 2)}),
    }
    streams = but(OPEN, bookings={**OPEN.bookings, "O": other}, seats=seats)
    assert found(streams) == (f"O offer pO is open, and its seats are kept on {LATER}",)


def test_no_letter_asked_the_party() -> None:
    """It has to know, also where others are asked. No letter is needed once it is too late."""
    figure = "unnotified_parties"
    silent = but(OPEN, sent=[notice for notice in OPEN.sent if notice.pnr != "O"])
    assert found(silent, figure) == ("O has the offer pO, of which no letter went out",)
    assert found(with_offer(silent, answerer="desk"), figure) == ("O has the offer pO, of which no letter went out",)
    late = NoticePointless(pnr="O", id="pO", at=END)
    assert found(but(silent, pointless=[late], now=END), figure) == ()
    assert found(but(silent, pointless=[replace(late, at=NOW)]), figure) == (
        "O has the offer pO, whose letter is recorded as pointless while it could be answered",
    )


def test_an_offer_goes_to_the_party_and_has_a_reason() -> None:
    """By its address, in its language; what is unusual about the first trip is marked."""
    figure = "misinformed_parties"
    assert found(with_offer(OPEN, contact="x@example.org"), figure) == (
        "O was written to at another address than its own (pO)",
    )
    assert found(with_offer(OPEN, language="fr"), figure) == ("O was written to in fr, its language is en",)
    assert found(with_offer(OPEN, marks=("night",)), figure) == (
        "O is marked for a person to look at without a reason: night (pO)",
    )
    assert found(with_offer(OPEN, reason="retimed"), figure) == (
        "O was informed that its trip was retimed, and none of its flights was (pO)",
    )


def test_a_declined_trip_is_marked_in_the_fact_and_on_the_waitlist() -> None:
    streams = left(OPEN)
    entry = replace(streams.waiting["O", 1], declined=False)
    unmarked = but(streams, waiting={**streams.waiting, ("O", 1): entry})
    assert found(unmarked, "misinformed_parties") == (
        "O waits, and has not declined a trip by the waitlist, otherwise by its facts",
    )
    why = ("O is not marked for a person to look at: declined (aO)",)
    assert found(with_fact(streams, marks=()), "misinformed_parties") == why


def test_a_seat_beside_a_party_that_has_declined_is_no_fault() -> None:
    """It waits for a person."""
    assert "stranded_beside_a_legal_seat" not in audit(left(OPEN)).findings
    undeclined = left(OPEN)
    entry = replace(undeclined.waiting["O", 1], declined=False)
    streams = but(undeclined, waiting={**undeclined.waiting, ("O", 1): entry})
    assert "stranded_beside_a_legal_seat" in audit(streams).findings


def test_an_offer_is_a_link_in_the_chain_of_facts() -> None:
    """What comes after it follows it, and begins with the trip that it left."""
    assert "O aO follows nothing, and comes after pO" in found(with_fact(TAKEN, follows=""), "misinformed_parties")
    elsewhere = with_fact(TAKEN, before=trip(OPEN, LATE))
    assert "O had other flights before aO than after pO" in found(elsewhere, "misinformed_parties")


def test_seats_kept_for_an_offer_are_not_for_sale() -> None:
    """Neither to a party that waits, nor at an open fare."""
    small = replace(OPEN.seats[NEXT], capacity={"economy": 6})
    state = replace(OPEN.flights[NEXT], seats={"economy": 6})
    streams = but(OPEN, seats={**OPEN.seats, NEXT: small}, flights={**OPEN.flights, NEXT: state})
    assert "stranded_beside_a_legal_seat" not in audit(streams).findings
    assert "stranded_beside_a_legal_seat" in audit(ended(streams)).findings


def test_a_flight_that_was_cancelled_twice_may_have_flown_in_between() -> None:
    """Where its changes are not on record: the offer was made while it had been restored, which disrupts no one and has its
    seats for sale again; and if all have left it by then, the second time names no one."""
    stood = but(with_offer(OPEN, stands=True, until=NOW + 30 * MINUTE), changes=[])
    dead, cancelled = stood.seats[DEAD], stood.disrupted[0][1]
    fault = f"O offer pO leaves a trip as it is, and {DEAD} is cancelled"
    assert fault in found(but(stood, seats={**stood.seats, DEAD: replace(dead, last_fact=cancelled.n)}))
    assert fault not in found(but(stood, seats={**stood.seats, DEAD: replace(dead, last_fact=cancelled.n + 1)}))


def test_who_is_left_behind_keeps_its_seat_in_the_ledger_while_it_is_asked() -> None:
    """Nothing is given up before the answer, or before its time is over."""
    dead = replace(OPEN.seats[DEAD], phase="departed", offloaded=("O",))
    left_without = but(OPEN, seats={**OPEN.seats, DEAD: dead})
    fault = f"{DEAD} O: left behind by it, and among the holders"
    assert fault not in found(left_without, "ledger_mismatches")
    assert fault in found(but(left_without, now=END + hours(0.5)), "ledger_mismatches")


def test_an_answer_may_be_refused_as_long_as_the_offer_is_open() -> None:
    """A word of the reservation system that says nothing new has not ended it."""
    party = PartySummary(passengers=2, seats=2)
    amended = BookingAmended(pnr="O", id="v1", version=1, before=party, after=party, decided_at=NOW)
    assert found(but(with_answer(OPEN, refusal="changed"), amended=[(OFFERED + 1, amended)])) == ()

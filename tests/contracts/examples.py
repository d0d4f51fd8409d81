"""One full example of every message: every field has a value other than its default."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct, structs

from contracts.asks import (
    ImportBookings,
    Imported,
    PromptFact,
    PromptShown,
    Retried,
    ShowPrompt,
    Step,
    Stepped,
)
from contracts.clock import Clock
from contracts.dead import DeadLetter
from contracts.flights import AtTheAirport, Cause, Flight, FlightChanged, FlightStatus
from contracts.forget import ForgetLetters, ForgetParty, LettersForgotten, PartyForgotten, Tombstone, TombstoneSalt
from contracts.judgement import Judgement, Wishes
from contracts.ledger import (
    ActiveBooker,
    Booking,
    BookingChanged,
    BookingKept,
    BookingStranded,
    Holding,
    Journey,
    JourneyAffected,
    Leg,
    Party,
    SeatLedger,
    SeatsDisrupted,
    SeatsFreed,
    Ticket,
    WaitlistEntry,
)
from contracts.notices import NoticeFailed, NoticePointless, NoticeResent, NoticeSent, NoticeSuperseded, ResendNotice
from contracts.plans import Evidence, Option, PlannedLeg, PlanProposed, PlanRefused
from contracts.weather import WeatherObserved

T0 = datetime(2013, 2, 8, 12, tzinfo=UTC)
ONE, TWO = "B6.1017.JFK.2013-02-08", "B6.83.JFK.2013-02-09"


def _at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


_at_the_airport = AtTheAirport(
    cause=Cause(code="71", by="MCO", at=_at(-30)),
    operator="9E",
    departure_terminal="5",
    departure_gate="B23",
    arrival_terminal="A",
    arrival_gate="A-12",
    check_in_closes=_at(15),
    gate_closes=_at(45),
)
_status = FlightStatus(
    **structs.asdict(_at_the_airport),
    flight=ONE,
    destination="MCO",
    observed_at=T0,
    scheduled_departure=_at(60),
    scheduled_arrival=_at(240),
    estimated_departure=_at(90),
    estimated_arrival=_at(270),
    departed_at=_at(95),
    arrived_at=_at(280),
    cancelled=True,
    diverted_to="TPA",
    seats={"first": 12, "economy": 138},
    tail="N503JB",
    sold_as=("EI.5083.JFK.2013-02-08",),
)
_flight = Flight(
    **structs.asdict(_at_the_airport),
    flight=ONE,
    destination="MCO",
    phase="diverted",
    last_change=7,
    scheduled_departure=_at(60),
    scheduled_arrival=_at(240),
    departs=_at(95),
    arrives=_at(280),
    announced_departure=_at(90),
    announced_arrival=_at(270),
    observed_at=T0,
    seats={"first": 12, "economy": 138},
    diverted_to="TPA",
    tail="N503JB",
    sold_as=("EI.5083.JFK.2013-02-08",),
    operated_as="B6.83.JFK.2013-02-08",
)
_leg = Leg(flight=ONE, destination="MCO", cabin="economy", departs=_at(60), arrives=_at(240), answered=3)
_other_leg = Leg(flight=TWO, destination="MCO", cabin="first", departs=_at(1500), arrives=_at(1680), answered=1)
_booking = Booking(
    pnr="QX7K2M",
    party=Party(
        passengers=3,
        seats=2,
        cabin="economy",
        fare=540,
        tier="gold",
        language="es",
        contact="familia@example.org",
        preference="window",
        ssrs=("INFT", "WCHR"),
        remark="Llegamos antes de las 6, \u00a1boda! \u2708",
    ),
    journeys=(
        Journey(
            number=2,
            ticket=Ticket(origin="JFK", destination="MCO", departs=_at(60), arrives=_at(240), flights=(ONE,)),
            legs=(_other_leg,),
            state="rebooked",
            last_fact="cGxhbi1vbmU_aWRlbnRp",
        ),
    ),
)
_wishes = Wishes(
    arrive_by=_at(300),
    depart_after=_at(30),
    airports=("JFK", "LGA"),
    nonstop=True,
    cabin="first",
    together=True,
    needs=("WCHR",),
)
_judgement = Judgement(
    wishes=_wishes,
    unmet=("arrive_by",),
    because=("nonstop", "delay"),
    fallback="moved",
    model="a-small-one",
    prompts=("5f0c", "77ab"),
    prompt_tokens=812,
    completion_tokens=64,
    latency_ms=412.5,
)
_planned = PlannedLeg(flight=TWO, cabin="first", last_disruption=1)
_letter = DeadLetter(
    agent="booker",
    stream="PLANS",
    sequence=1042,
    subject="plan.proposed.QX7K2M.cGxhbi1vbmU_aWRlbnRp",
    reason="ZeroDivisionError('a bug')",
    traceback="Traceback (most recent call last): ...",
    headers={"ce-id": "plan.proposed.QX7K2M.cGxhbi1vbmU_aWRlbnRp"},
    payload=b'{"pnr": "QX7K2M"}',
    at=T0,
)

EXAMPLES: tuple[Struct, ...] = (
    _status,
    _flight,
    FlightChanged(flight=ONE, n=7, change="diverted", state=_flight),
    SeatLedger(
        flight=ONE,
        destination="MCO",
        phase="diverted",
        departs=_at(95),
        arrives=_at(280),
        capacity={"first": 12, "economy": 138},
        last_change=7,
        last_fact=4,
        last_disruption=3,
        holders={"QX7K2M": Holding("economy", 2)},
        diverted_to="TPA",
        known_departure=_at(97),
        known_arrival=_at(290),
        offloaded=("QX7K2M",),
    ),
    _booking,
    WaitlistEntry(pnr="QX7K2M", journey=2, origin="JFK", destination="MCO", seats=2, flown=(_leg,)),
    ActiveBooker(holder="host.4711.1f2e3d4c", until=_at(1), plans_heard=1042),
    SeatsDisrupted(
        flight=ONE,
        n=3,
        kind="diverted",
        parties=("QX7K2M", "ZZ9PLX"),
        departs=_at(95),
        arrives=_at(280),
        diverted_to="TPA",
    ),
    SeatsFreed(flight=ONE, n=4),
    BookingChanged(
        pnr="QX7K2M",
        journey=2,
        id="cGxhbi1vbmU_aWRlbnRp",
        reason="cancelled",
        broken_by=ONE,
        before=(_leg,),
        after=(_other_leg,),
        language="es",
        contact="familia@example.org",
        decided_at=T0,
        follows="cGxhbi16ZXJvX2lkZW50",
        wishes=_wishes,
        unmet=("arrive_by",),
        because=("nonstop", "delay"),
    ),
    BookingKept(
        pnr="QX7K2M",
        journey=2,
        id="cGxhbi1vbmU_aWRlbnRp",
        reason="diverted",
        broken_by=ONE,
        before=(_leg,),
        after=(_leg,),
        language="fr",
        contact="famille@example.org",
        decided_at=T0,
        follows="cGxhbi16ZXJvX2lkZW50",
        diverted_to="TPA",
        wishes=_wishes,
        unmet=("arrive_by",),
    ),
    BookingStranded(
        pnr="QX7K2M",
        journey=2,
        id="cGxhbi1vbmU_aWRlbnRp",
        reason="cancelled",
        broken_by=ONE,
        before=(_leg,),
        origin="JFK",
        destination="MCO",
        language="en",
        contact="family@example.org",
        decided_at=T0,
        follows="cGxhbi16ZXJvX2lkZW50",
        flown=(_leg,),
    ),
    JourneyAffected(pnr="QX7K2M", journey=2, id="cGxhbi1vbmU_aWRlbnRp", by=1),
    PlanProposed(
        pnr="QX7K2M",
        journey=2,
        follows="cGxhbi16ZXJvX2lkZW50aQ",
        id="cGxhbi1vbmU_aWRlbnRp",
        verdict="move",
        reason="cancelled",
        booking_revision=9001,
        as_of=9042,
        options=(
            Option(
                id="1",
                legs=(_planned,),
                arrives=_at(1680),
                cost=1440.5,
                terms={"delay": 1440.0, "cabin": 0.5},
                unmet=("arrive_by",),
            ),
        ),
        legs=(_planned,),
        evidence=(Evidence(subject=f"ledger.flight.{TWO}", revision=9000, written_at=T0),),
        planned_at=T0,
        judgement=_judgement,
    ),
    PlanRefused(
        pnr="QX7K2M",
        journey=2,
        id="cGxhbi1vbmU_aWRlbnRp",
        refusal="full",
        reason="cancelled",
        detail=f"no 2 first seats on {TWO}",
    ),
    NoticeSent(
        pnr="QX7K2M",
        id="cGxhbi1vbmU_aWRlbnRp",
        channel="maildir",
        sent_at=T0,
        covers=("cGxhbi16ZXJvX2lkZW50",),
    ),
    NoticeSuperseded(pnr="QX7K2M", id="cGxhbi1vbmU_aWRlbnRp", at=T0),
    NoticePointless(pnr="QX7K2M", id="cGxhbi1vbmU_aWRlbnRp", at=T0),
    NoticeFailed(
        pnr="QX7K2M",
        id="cGxhbi1vbmU_aWRlbnRp",
        tried={"maildir": "no space left on device"},
        at=T0,
        attempts=2,
        again_at=_at(5),
    ),
    ResendNotice(pnr="QX7K2M", id="cGxhbi1vbmU_aWRlbnRp"),
    NoticeResent(channel="maildir", why="no space left on device"),
    _letter,
    Clock(now=T0, at=_at(1), speed=900.0),
    Step(now=T0, upto={"FEED": 17, "LEDGER": 9042}),
    Stepped(handled=3, written={"LEDGER": 9050}, wake_at=_at(5)),
    ImportBookings(bookings=(_booking,)),
    Imported(taken=1, refused={"ZZ9PLX": "exists already"}),
    ForgetParty(pnr="QX7K2M", flights=(ONE, TWO)),
    PartyForgotten(upto=9050),
    ForgetLetters(pnr="QX7K2M"),
    LettersForgotten(removed=1),
    TombstoneSalt(salt=bytes(range(32))),
    Tombstone(digest="0c" * 16, forgotten_at=T0),
    Retried(done=True, why="handled"),
    ShowPrompt(pnr="QX7K2M", journey=2),
    PromptShown(
        system="You read remarks.",
        user="Remark: ...",
        facts=(PromptFact(name="weather", source="weather.observed.JFK", revision=17, age_s=1800.0),),
    ),
    WeatherObserved(
        airport="JFK",
        observed_at=T0,
        temperature_f=28.9,
        wind_mph=31.1,
        gust_mph=44.0,
        precipitation_in=0.12,
        visibility_mi=0.25,
    ),
)

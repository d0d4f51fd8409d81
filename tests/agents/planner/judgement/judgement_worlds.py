"""One party on a small winter day, its case file, and a fake model with set answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from agents.planner.domain import Availability, Case, Network, Preference, TripRules, plan
from agents.planner.judgement.brief import Brief, brief_of
from agents.planner.judgement.choice import Choice
from agents.planner.judgement.judge import Judge
from agents.planner.judgement.limits import Limits
from bus import Seen
from contracts.judgement import Wishes
from contracts.ledger import Booking, JourneyState, Leg, Party, Ticket
from contracts.names import Airport, Id
from contracts.plans import PlanProposed
from contracts.weather import WeatherObserved
from llm import Answered, Blocked, NoAnswer, Prompt
from tests.single_journey import journey_of, single

S = TypeVar("S", bound=msgspec.Struct)

DAY = datetime(2013, 2, 8, 5, tzinfo=UTC)
"""Midnight in New York."""
NEW_YORK, CHICAGO = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")
ZONES = {"JFK": NEW_YORK, "LGA": NEW_YORK, "EWR": NEW_YORK, "MCO": NEW_YORK, "ORD": CHICAGO}
SOON = timedelta(seconds=10)


def at(hours: float) -> datetime:
    """Hours after midnight in New York."""
    return DAY + timedelta(hours=hours)


NOW = at(9)


def flight(
    name: str,
    route: str,
    departs: float,
    *,
    hours: float = 3,
    economy: int = 10,
    first: int = 0,
    phase: Any = "scheduled",
) -> Availability:
    """`B6.1` on `JFK-MCO`; `departs` in hours after midnight."""
    origin, destination = route.split("-")
    return Availability(
        flight=f"{name}.{origin}.{at(departs).astimezone(NEW_YORK):%Y-%m-%d}",
        origin=origin,
        destination=destination,
        phase=phase,
        departs=at(departs),
        arrives=at(departs + hours),
        scheduled_departure=at(departs),
        scheduled_arrival=at(departs + hours),
        free={"economy": economy, "first": first},
        last_disruption=1 if phase == "cancelled" else 0,
        revision=int(departs * 10),
        written_at=at(departs) - timedelta(hours=12),
    )


CANCELLED = flight("B6.1", "JFK-MCO", 12, phase="cancelled")
"""The flight of every party here: 12:00 to 15:00."""
LATER = flight("B6.2", "JFK-MCO", 15)
LAGUARDIA = flight("B6.3", "LGA-MCO", 13)
"""An hour later and from another airport: 60 and 120 minutes, the cost of leaving at 15:00."""
EVENING = flight("B6.4", "JFK-MCO", 19)
FLIGHTS = (CANCELLED, LATER, LAGUARDIA, EVENING)


def booking(
    remark: str = "", *, state: JourneyState = "ticketed", on: Availability = CANCELLED, plan: Id = "", **party: Any
) -> Booking:
    """`on`: its current flight; `plan`: the last one committed for it."""
    alone = Party(passengers=1, seats=1, cabin="economy", contact="ann@example.net", remark=remark)
    who = msgspec.structs.replace(alone, **party)
    leg = Leg(flight=on.flight, destination="MCO", cabin=who.cabin, departs=on.departs, arrives=on.arrives, answered=0)
    ticket = Ticket(
        origin="JFK",
        destination="MCO",
        departs=CANCELLED.departs,
        arrives=CANCELLED.arrives,
        flights=(CANCELLED.flight,),
    )
    legs = () if state == "stranded" else (leg,)
    return single("PNR042", who, ticket=ticket, legs=legs, state=state, last_fact=plan)


def proposed(
    of: Booking, flights: Sequence[Availability], *, now: datetime = NOW, preference: Preference | None = None
) -> PlanProposed | None:
    """What the rules propose."""
    case = Case(
        booking=of,
        journey=journey_of(of),
        booking_revision=3,
        booking_written_at=at(-30),
        cause_id="cause-1",
        kind="cancelled",
    )
    plans = plan(
        [case],
        Network(flights),
        now=now,
        as_of=99,
        rules=TripRules(),
        preferences={(of.pnr, 1): preference} if preference else {},
    )
    return plans[0] if plans else None


SNOW: Mapping[Airport, Seen[WeatherObserved]] = {
    "JFK": Seen(WeatherObserved(airport="JFK", observed_at=at(8), temperature_f=30.2, gust_mph=41.0), 17, at(8))
}


def brief(
    remark: str = "",
    *,
    flights: Sequence[Availability] = FLIGHTS,
    now: datetime = NOW,
    current_at: datetime | None = None,
    read_at: datetime | None = None,
    weather: Mapping[Airport, Seen[WeatherObserved]] = SNOW,
    of: Booking | None = None,
    rules: TripRules | None = None,
) -> Brief:
    of = of or booking(remark)
    return brief_of(
        of,
        journey_of(of),
        revision=3,
        written_at=at(-30),
        plan=proposed(of, flights, now=now),
        network=Network(flights),
        weather=weather.get,
        rules=rules or TripRules(),
        zones=ZONES,
        now=now,
        current_at=current_at,
        read_at=read_at,
    )


@dataclass
class FakeCaseFile:
    """One party's case file. `before`: what happens before the nth plan, from 0."""

    remark: str = ""
    flights: list[Availability] = field(default_factory=lambda: list(FLIGHTS))
    of: Booking | None = None
    briefs: list[Brief] = field(default_factory=list)
    """Returned in turn, the last repeatedly; empty: the current state."""
    before: Mapping[int, Callable[["FakeCaseFile"], None]] = field(default_factory=dict)
    refreshed: int = 0
    planned: list[tuple[Wishes, Id | None]] = field(default_factory=list)
    answered: bool = False
    """The party needs no plan any more."""

    async def refresh(self) -> Brief:
        self.refreshed += 1
        if self.briefs:
            return self.briefs[min(self.refreshed, len(self.briefs)) - 1]
        return brief(flights=self.flights, of=self._booking)

    def plan(self, wishes: Wishes, first: Id | None) -> PlanProposed | None:
        if happens := self.before.get(len(self.planned)):
            happens(self)
        self.planned.append((wishes, first))
        if self.answered:
            return None
        return proposed(self._booking, self.flights, preference=Preference(wishes=wishes, first=first))

    @property
    def _booking(self) -> Booking:
        return self.of or booking(self.remark)


@dataclass
class FakeClient:
    """A model with one answer for each kind of question: fields, or a failure."""

    understood: dict[str, Any] | NoAnswer = field(default_factory=dict)
    chosen: dict[str, Any] | NoAnswer = field(default_factory=lambda: {"option": "A", "because": []})
    takes: timedelta = timedelta(0)
    """The time of each answer, by `clock`."""
    asked: list[tuple[Prompt, timedelta]] = field(default_factory=list)
    """The questions and their deadlines."""
    meanwhile: Callable[[], None] = lambda: None
    """Called before each answer."""
    clock: float = 1000.0
    blocked: Blocked | None = None

    async def ask(self, prompt: Prompt, answer: type[S], *, deadline: timedelta) -> Answered[S]:
        self.asked.append((prompt, deadline))
        self.clock += self.takes.total_seconds()
        self.meanwhile()
        fields = self.chosen if issubclass(answer, Choice) else self.understood
        if isinstance(fields, NoAnswer):
            raise fields
        return Answered(
            value=msgspec.convert(fields, answer),
            model="fake-1",
            prompt_tokens=100,
            completion_tokens=10,
            latency=self.takes,
            attempts=1,
            cost_usd=0.0,
        )

    @property
    def users(self) -> list[str]:
        """The user texts of all questions."""
        return [prompt.user for prompt, _ in self.asked]


def judge(client: FakeClient, **limits: Any) -> Judge:
    """A judge on the client's clock."""
    return Judge(client, Limits(**limits), clock=lambda: client.clock)

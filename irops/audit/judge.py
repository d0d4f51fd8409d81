"""The audit itself: every figure, with the first findings behind it."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from contracts.ledger import BookingFact, JourneyKey
from contracts.names import FlightKey
from irops.audit.answers import latest_facts, on_dead_flights, unanswered
from irops.audit.brakes import BrakeBook, under_brakes
from irops.audit.consent import booked_without_consent
from irops.audit.fares import misoffered
from irops.audit.feed import Reports, reported
from irops.audit.findings import Findings
from irops.audit.flights import outdated
from irops.audit.held import not_kept
from irops.audit.history import Past, pasts_of, threshold_of
from irops.audit.journeys import PartyJourney, Steps, following, journeys_of, steps_of
from irops.audit.legal import stranded_beside_a_seat
from irops.audit.letters import misinformed
from irops.audit.lost_seats import not_given_back
from irops.audit.notices import unnotified
from irops.audit.offers import OfferBook, misjudged_offers
from irops.audit.overdue import overdue
from irops.audit.people import left_alone, miscounted, unknown_services
from irops.audit.requests import misjudged
from irops.audit.reservations import contradicted, misapplied
from irops.audit.rights import rights_not_stated
from irops.audit.rules import RuleBook, not_in_force, rule_book
from irops.audit.seat_numbers import misnumbered, without_numbers
from irops.audit.seats import Taken, double_booked, kept_for, mismatches, oversold, taken_by, together
from irops.audit.shadow import acted_in_shadow
from irops.audit.silence import unheard
from irops.audit.streams import Streams
from irops.audit.trips import illegal
from irops.audit.wishes import misreported


@dataclass(frozen=True)
class Evidence:
    """What the checks work on; what several of them need is computed once."""

    streams: Streams
    """Without seats by number in facts, which would make two legs of the same seats differ."""
    numbered: Streams
    """With all that they have."""

    @cached_property
    def book(self) -> RuleBook:
        """Every set of rules on record."""
        return rule_book(self.streams)

    @cached_property
    def brakes(self) -> BrakeBook:
        """Every brake on record."""
        return BrakeBook(self.streams)

    @cached_property
    def offers(self) -> OfferBook:
        """Every offer on record."""
        return OfferBook(self.streams)

    @cached_property
    def waiting(self) -> Set[JourneyKey]:
        """The journeys that wait for a brake, or for an answer to an offer."""
        return self.brakes.waiting | self.offers.asked

    @cached_property
    def undecided(self) -> Set[JourneyKey]:
        """These, and those without a trip under a brake."""
        stopped = {each.key for each in self.journeys if each.state == "stranded" and self.brakes.stops(each)}
        return self.waiting | stopped

    @cached_property
    def behind(self) -> Set[JourneyKey]:
        """The journeys after one that waits: when they can begin depends on what becomes of it."""
        return {after.key for key, after in following(self.journeys).items() if key in self.waiting}

    def seats_stay(self, journey: PartyJourney) -> bool:
        """Whether seats that it waits with do not lapse now."""
        return self.brakes.stops(journey) or journey.key in self.offers.asked

    @cached_property
    def taken(self) -> Taken:
        """Seats held according to the bookings."""
        return taken_by(self.streams.bookings)

    @cached_property
    def kept(self) -> Taken:
        """Seats kept for offers according to the bookings."""
        return kept_for(self.streams.bookings)

    @cached_property
    def not_for_sale(self) -> Taken:
        """Seats held, and those kept for offers."""
        return together(self.taken, self.kept)

    @cached_property
    def steps(self) -> Steps:
        """What happened to each journey."""
        return steps_of(self.streams)

    @cached_property
    def journeys(self) -> list[PartyJourney]:
        """Every journey with its facts."""
        return journeys_of(self.streams, self.steps)

    @cached_property
    def pasts(self) -> Mapping[FlightKey, Past]:
        """Each flight's changes."""
        streams = self.streams
        return pasts_of((change for _, change in streams.changes), streams.flights, whole=streams.whole)

    @cached_property
    def silent(self) -> timedelta:
        """A flight's times may move by less than this without a fact."""
        return threshold_of(self.pasts.values())

    @cached_property
    def reports(self) -> Reports:
        """Each flight by the feed."""
        streams = self.streams
        return reported(
            streams.statuses, flights=streams.flights, pasts=self.pasts, came_at=streams.came_at, now=streams.now
        )

    @cached_property
    def latest(self) -> dict[JourneyKey, BookingFact]:
        """Each journey's last fact."""
        return latest_facts(self.streams, self.steps)


@dataclass(frozen=True, slots=True)
class Figure:
    """One kind of fault: what it counts, and the check that finds them."""

    counts: str
    check: Callable[[Evidence], Findings]


FIGURES: Mapping[str, Figure] = {
    "oversold_seats": Figure(
        "seats that bookings hold, or offers keep, beyond a flight's capacity, the smallest on record, and what is authorised "
        "above it",
        lambda e: oversold(e.taken, e.kept, e.streams, e.reports, e.pasts),
    ),
    "double_booked_parties": Figure(
        "parties that hold seats outside their booking, are on one flight twice, or on two flights at one time",
        lambda e: double_booked(e.streams, sets=e.book.since(0)),
    ),
    "unnotified_parties": Figure(
        "affected parties whose latest fact was not sent in time, or with an earlier one that no notice accounts for; parties "
        "that another aircraft seats where no letter has shown them, or that were asked without a letter, or whose "
        "request was answered without one, or with one that says otherwise",
        lambda e: unnotified(e.streams, e.latest, e.steps),
    ),
    "parties_on_dead_flights": Figure(
        "parties with a leg, or a seat to wait with, on a cancelled flight",
        lambda e: on_dead_flights(e.streams, waiting=e.waiting),
    ),
    "stranded_beside_a_legal_seat": Figure(
        "stranded parties for each of which alone a legal trip with seats exists",
        lambda e: stranded_beside_a_seat(
            e.streams, e.not_for_sale, e.latest, rules=e.book.now, waiting=e.waiting | e.offers.declined
        ),
    ),
    "seats_not_given_back": Figure(
        "parties that stay on a later trip beside seats they had lost, or that were moved back twice, late or for nothing",
        lambda e: not_given_back(
            e.streams, e.journeys, e.pasts, e.not_for_sale, book=e.book, silent=e.silent, waiting=e.waiting | e.behind
        ),
    ),
    "seats_not_kept": Figure(
        "parties that wait without seats that they had and can still fly, or with seats that they cannot",
        lambda e: not_kept(e.streams, e.journeys, e.pasts, book=e.book, stops=e.seats_stay),
    ),
    "ledger_mismatches": Figure(
        "seats, held or on offer, that ledger and bookings have differently, parties that wait otherwise than they are "
        "stranded",
        lambda e: mismatches(e.streams, waiting=e.waiting),
    ),
    "miscounted_parties": Figure(
        "parties that are not the people on their booking: another number, seats for fewer, or needs that it lacks",
        lambda e: miscounted(e.streams),
    ),
    "outdated_flights": Figure(
        "flights that feed, monitor and ledger have differently, or whose passengers were not given known times",
        lambda e: outdated(e.streams, e.pasts, e.reports, book=e.book, silent=e.silent),
    ),
    "unanswered_parties": Figure(
        "parties not answered for a disruption of a flight they have, or without a fact; left on a flight of which no word "
        "comes, or waiting when no trip is legal any more",
        lambda e: unanswered(e.streams, e.journeys, book=e.book, silent=e.silent, waiting=e.undecided),
    ),
    "misinformed_parties": Figure(
        "parties whose facts are not what holds for them, not what happened, not one after another, or not marked",
        lambda e: misinformed(e.streams, e.journeys, e.pasts, e.steps, book=e.book),
    ),
    "illegal_trips": Figure(
        "parties whose flights do not lead to their destination or cannot be caught, also from one journey to the next, or "
        "that have wrong times",
        lambda e: illegal(e.streams, e.journeys, e.pasts, book=e.book, silent=e.silent, waiting=e.waiting),
    ),
    "booked_without_consent": Figure(
        "parties moved without the yes that the rules asked for, or asked otherwise than by the rules",
        lambda e: booked_without_consent(e.streams, e.offers, e.journeys, e.pasts, book=e.book, silent=e.silent),
    ),
    "misjudged_offers": Figure(
        "offers answered twice, late, or with another trip than was offered, open for too long, or never made; answers that "
        "were not decided, or refused without a reason",
        lambda e: misjudged_offers(e.streams, e.offers, e.journeys, e.pasts, e.brakes, book=e.book),
    ),
    "decided_by_other_rules": Figure(
        "decisions not made by the rules in force then, and sets of rules that contradict one another",
        lambda e: not_in_force(e.streams, e.book),
    ),
    "decided_under_a_brake": Figure(
        "journeys moved, kept or stranded under a brake, or beyond a cap; journeys that wait for a brake that is over",
        lambda e: under_brakes(e.streams, e.brakes),
    ),
    "wishes_misreported": Figure(
        "parties a fact about which reports a wish as met, or as the reason for their trip, that its legs do not meet",
        lambda e: misreported(e.streams, e.journeys, book=e.book),
    ),
    "misapplied_reservations": Figure(
        "bookings that are not as the reservation system's last version, and the fact about it, make them",
        lambda e: misapplied(e.streams, e.steps, book=e.book),
    ),
    "misjudged_requests": Figure(
        "requests answered twice or never, on a quote that was used or expired or says something else, or that change how "
        "many travel; amounts without a rule, or wrong sums; bookings without what was asked for",
        lambda e: misjudged(e.streams, e.book, e.steps),
    ),
    "misoffered_fares": Figure(
        "flights with an open fare that are not sold any more, or with more seats open than are free",
        lambda e: misoffered(e.streams, e.not_for_sale),
    ),
    "rights_not_stated": Figure(
        "parties that may choose a refund under US law, and whose last package of what is owed has none; parties that no "
        "letter has informed of their last package",
        lambda e: rights_not_stated(e.streams, e.journeys),
    ),
    "misnumbered_seats": Figure(
        "seats by number held twice or out of place, parties without any beside free ones, minors parted, facts of other seats",
        lambda e: misnumbered(e.numbered),
    ),
    "acted_in_shadow": Figure(
        "messages that agents of a shadow have written in a system that is none; letters that have left a shadow",
        lambda e: acted_in_shadow(e.streams),
    ),
    "unreadable_messages": Figure(
        "messages of the streams that cannot be decoded, and so are not judged",
        lambda e: unreadable(e.streams),
    ),
}  # fmt: skip
"""Every figure by name, in the order in which they are shown. Each is 0 when all is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """Disrupted parties, by the last state of their booking; `parties` is the sum of the three after it."""

    parties: int
    rebooked: int
    kept: int
    stranded: int
    passengers: int
    """People in those parties."""
    expired: int
    """Those of the parties whose facts have expired: whether they were notified cannot be known any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the audit found."""

    figures: Mapping[str, int]
    """The number of faults, for each name in `FIGURES`."""
    affected: Affected
    not_judged: Mapping[str, int]
    """How many flights could not be judged by the feed, for each reason."""
    findings: Mapping[str, tuple[str, ...]]
    """For each figure that is not 0, the first findings in words, with flights and parties by key only."""
    latest: Mapping[JourneyKey, BookingFact]
    """Each journey's last fact, unless the reservation system has changed the journey since."""
    for_a_person: Findings
    """What is no fault and no rule can see to."""

    @property
    def clean(self) -> bool:
        """No fault of any kind."""
        return not any(self.figures.values())


def audit(streams: Streams) -> Audit:
    """Judge the final streams."""
    evidence = Evidence(without_numbers(streams), numbered=streams)
    found = {name: figure.check(evidence) for name, figure in FIGURES.items()}
    return Audit(
        figures={name: findings.count for name, findings in found.items()},
        affected=_affected(streams),
        not_judged=evidence.reports.not_judged,
        findings={name: tuple(findings.shown) for name, findings in found.items() if findings.count},
        latest=evidence.latest,
        for_a_person=_for_a_person(evidence),
    )


def _for_a_person(evidence: Evidence) -> Findings:
    streams = evidence.numbered
    found = unknown_services(streams)
    silent = unheard(streams, evidence.journeys, evidence.book.now)
    for other in (*contradicted(streams), *left_alone(streams), *silent, *overdue(streams)):
        found.add(other)
    return found


def unreadable(streams: Streams) -> Findings:
    """What is not judged at all."""
    found = Findings()
    for message in streams.unreadable:
        found.add(message)
    return found


def _affected(streams: Streams) -> Affected:
    parties = {"ticketed": 0, "rebooked": 0, "kept": 0, "stranded": 0}
    passengers = expired = 0
    for booking, journey in streams.journeys():
        parties[journey.state] += 1
        if journey.state != "ticketed":
            passengers += booking.party.passengers
            expired += booking.pnr in streams.expired
    rebooked, kept, stranded = parties["rebooked"], parties["kept"], parties["stranded"]
    return Affected(
        parties=rebooked + kept + stranded,
        rebooked=rebooked,
        kept=kept,
        stranded=stranded,
        passengers=passengers,
        expired=expired,
    )

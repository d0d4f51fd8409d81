"""Kinds of mutations that the audit need not find, each with the reason why it wrongs no one, or why nothing contradicts it.

A kind is here where some world has one that is not found. Most of these are found in other worlds.
"""

from collections.abc import Mapping

_AT_THE_AIRPORT = (
    "cause.given", "operator.given", "departure_terminal.given", "departure_gate.given", "arrival_terminal.given",
    "arrival_gate.given", "check_in_closes.given", "gate_closes.given", "tail.given",
)  # fmt: skip
_HIGHER_OR_LOWER = ("higher", "lower")


def _of(message: str, *fields: str) -> tuple[str, ...]:
    return tuple(f"{message}.{field}" for field in fields)


def _moved(message: str, *fields: str) -> tuple[str, ...]:
    return tuple(f"{message}.{field}.{way}" for field in fields for way in _HIGHER_OR_LOWER)


RE_EQUIPPED = "a flight that had another aircraft may have had another cabin"
ENDED_OFFER = "the trips of an offer that has ended, and was not taken by name, have their ids from it alone"
REFUSED_ANSWER = "an answer that was refused has changed nothing, and one that leaves all trips names none"
CANCELLED_BOOKING = "of a booking that its party has cancelled nothing is left to compare with"
REPEATED_ANSWER = "an answer that repeats what a version of the booking has answered has no fact of its own"
ECHOES_NONE = "a version that has a trip of no open offer is decided as any other, whichever offer it names"
REFUSED_REQUEST = "a request that was refused has changed nothing"
CANCELLED_FLIGHT = "the best known times of a cancelled flight are no one's times"
DIVERTED_LATER = "an earlier change of a diverted flight, whose diversion announces times again"
EMPTY_CABIN = "a cabin with no seats is the same as no cabin"
LEFT_TO_OTHERS = "a letter about a request may leave a journey, about which there are later facts, to their letters"
SEEDED_AND_RETIMED = (
    "the times before of a flight that was seeded and whose first change is a retiming are on record "
    "nowhere else, and it may have had others"
)
UNUSED_LEDGER = "a flight on which no party has a seat, and none can be sold, may be missing"
WAITED_BEFORE = (
    "a party that waited has lost no flight, and its letter gives no reason; one whose flights had "
    "several changes has several"
)
WHOLLY_ANSWERED = (
    "every party that it names or should name has been answered since, and later disruptions and letters stand"
)

_REASONS: Mapping[str, tuple[str, ...]] = {
    "what a booking had when it was quoted is on no other record, and a quote that was not used binds no one": (
        *_of(
            "Quote",
            "acts.dropped",
            "acts.other",
            "asked.wanted.cancel.dropped",
            "asked.wanted.bags.given",
            "asked.wanted.insurance.given",
            "asked.wanted.compensate.given",
            "dropped",
            "policy.other",
            "why.other",
        ),
        *_moved("Quote", "asked.wanted.cancel", "booking_revision", "rules", "cites.line"),
        *_of("Quote.cites", "file.other", "id.other", "words.other"),
        *_of(
            "Quote",
            "facts.dropped",
            "facts.other",
            "follows.dropped",
            "follows.other",
            "quoted_at.lower",
            "until.higher",
        ),
        *_of("Quote.asked.pay_with", "amount.given", "kind.other"),
        *_of("Quote", "new_family.given", "new_family.other", "new_family.removed", "pay_with.dropped"),
        *_moved("Quote", "pay_with"),
        *_of("Quote.price.back", "into.dropped", "into.other", "valid_days.given", "what.other"),
        *_of("Quote.price.movements", "instrument.other", "into.other", "what.other"),
    ),
    "when a request was made decides nothing, and one that comes twice is answered once": _of(
        "RequestMade", "doubled", "made_at.higher", "made_at.lower"
    ),
    REFUSED_REQUEST: (
        *_of("RequestMade", "revision.higher", "revision.lower"),
        *_of("RequestMade.price.back", "dropped", "into.dropped", "into.other", "valid_days.given", "what.other"),
        *_moved(
            "RequestMade.price", "back.money.amount", "forfeited.amount", "gives_up.amount", "movements.money.amount"
        ),
        *_of("RequestMade.price", "back.money.currency.other", "movements.money.currency.other", "due.given"),
        *_of("RequestMade.price", "forfeited.currency.other", "gives_up.currency.other"),
        *_of("RequestMade.price", "forfeited.removed", "gives_up.removed"),
        *_of("RequestMade.price.movements", "dropped", "instrument.other", "into.other", "what.other"),
        *_of("RequestRefused", "contact.other", "language.other", "detail.other", "refusal.other", "decided_at.lower"),
    ),
    LEFT_TO_OTHERS: _of("NoticeSent.request.trips", "dropped", "other"),
    CANCELLED_BOOKING: (
        *_of("RequestDone", "contact.other", "language.other"),
        *_moved("RequestDone", "passengers"),
        *_moved("Booking.party", "seats"),
    ),
    "how the planner came to a trip that is on offer is in no other message": (
        *_moved(
            "Offer.plan", "as_of", "booking_revision", "planned_at", "options.arrives", "options.cost", "options.terms"
        ),
        *_of("Offer.plan", "options.terms.dropped", "judgement.given"),
    ),
    ENDED_OFFER: ("TripOffered.options.other",),
    ECHOES_NONE: ("ReservationStatus.offer.other",),
    "an offer that is made again, or followed by a decision, need not have been withdrawn before": _of(
        "PlanRefused", "dropped", "doubled", "id.other", "pnr.other"
    ),
    "when an answer was given decides nothing, and one that comes twice is answered once": _of(
        "OfferAnswered", "doubled", "made_at.higher", "made_at.lower"
    ),
    REPEATED_ANSWER: _of("OfferAnswered", "dropped", "id.other", "pnr.other"),
    REFUSED_ANSWER: _of("OfferAnswered", "answer.other", "by.other", "option.other"),
    "what a person reads about a refusal, and when it was decided, is in no other message": (
        *_of("AnswerRefused", "decided_at.lower", "detail.other"),
        "PlanRefused.detail.other",
    ),
    "what the monitor remembers to read later statuses by, and no other agent reads": (
        *_of("Flight", "returned_at.given", "unconfirmed.given"),
        *_of("Flight", "given_at.dropped", "given_at.higher", "given_at.lower"),
        *_of("FlightChanged.state", "given_at.dropped", "given_at.higher", "given_at.lower"),
    ),
    "the booking is the only source of who travels, what they paid and what was sold to them": (
        *_of("Booking.party", "cabin.other", "contact.other", "language.other", "preference.other", "remark.other"),
        *_of("Booking.party", "tier.other", "ssrs.dropped", "ssrs.other"),
        *_moved("Booking.party", "paid.price.amount", "passengers"),
        *_of("Booking.party.paid", "dropped", "kind.other", "price.currency.other", "journey.given", "passenger.given"),
        *_of(
            "Booking.passengers",
            "escort.removed",
            "id.other",
            "name.other",
            "kind.given",
            "kind.other",
            "kind.removed",
            "age.removed",
        ),
        *_moved("Booking.passengers", "age"),
        *_of("Booking.passengers.services", "dropped", "status.other"),
        *_of("Booking.passengers.coupons", "dropped", "other"),
        "Booking.record.removed",
        *_of("Booking", "changes.higher", "sale.given", "sale.removed", "sale.bags.given", "sale.channel.other"),
        *_moved("Booking.before_requests.paid", "journey", "price.amount"),
        *_of(
            "Booking.before_requests.paid",
            "dropped",
            "given",
            "journey.removed",
            "kind.other",
            "passenger.given",
            "price.currency.other",
            "removed",
        ),
        *_moved("Booking.sale", "booked_at"),
        *_of("Booking.sale", "booked_at.removed", "family.other", "family.removed"),
        *_of("Booking.sale", "insurance.other", "insurance.removed"),
        *_of("Booking.sale.paid_with", "amount.removed", "dropped", "id.other", "kind.other"),
        *_moved("Booking.party.paid", "journey"),
        "Booking.party.paid.journey.removed",
        *_moved("Booking.journeys.ticket", "departs", "arrives"),
        *_moved("Booking.journeys", "longest_stay"),
    ),
    "a booking may come with other flights and cabins than its ticket's, on record nowhere else until a fact names them": (
        *_of("Booking.journeys.ticket.flights", "dropped", "other"),
        "BookingChanged.before.cabin.other",
        "BookingStranded.before.cabin.other",
        *_of("BookingChanged.before.seats", "dropped", "other"),
        *_of("BookingKept.before.seats", "dropped", "other"),
    ),
    "a feed is the only source of what an aircraft has": (
        *_of("Layout.bassinets", "dropped", "other"),
        *_of("Layout.blocked", "dropped", "other"),
        *_of("Layout.exits", "dropped", "lower"),
        *_of("Layout.sections", "cabin.other", "dropped", "letters.other"),
        *_moved("Layout.sections", "first", "last"),
    ),
    "seats that are given out by number for the first time have no letter, and an import gives some without a fact": (
        *_of("SeatsReassigned", "dropped", "n.lower", "parties.dropped", "parties.pnr.other"),
    ),
    "the fact that set a brake, or ended it, is the only source of who did it and why, and from when on it was; one that has "
    "ended, and under which nothing was decided, may have been of any kind": (
        *_of("BrakeEnded", "by.other"),
        *_of("BrakeSet.brake", "by.other", "why.other", "since.lower", "moves_a_minute.given", "until.given"),
    ),
    "only the reservation system knows what a ticket shows, and a letter may call seats confirmed that are": (
        *_of("Booking.journeys.documents", "given", "other", "removed"),
        *_of("BookingChanged.documents", "given", "removed"),
        *_of("BookingKept.documents", "given", "other", "removed"),
        "BookingStranded.documents.given",
        "TripOffered.documents.given",
        "NoticeSent.confirms.other",
    ),
    "what a reservation system reported stands in the fact about it: a version that was contradicted, overtaken or nonsense "
    "has changed nothing, and the raw status goes after 48 hours in any case": (
        *_of(
            "ReservationStatus",
            "dropped",
            "doubled",
            "withdrawn.other",
            "pnr.other",
            "booking.removed",
            "booking.given",
        ),
        *_moved("ReservationStatus", "version", "booking.version"),
        "ReservationStatus.booking.pnr.other",
        *_of("ReservationStatus.booking.party", "cabin.other", "contact.other", "language.other", "preference.other"),
        *_of("ReservationStatus.booking.party", "remark.other", "tier.other"),
        *_moved("ReservationStatus.booking.party", "passengers", "seats", "paid.price.amount"),
        *_of("ReservationStatus.booking.party.paid", "dropped", "kind.other", "price.currency.other"),
        *_of("ReservationStatus.booking.party.paid", "journey.given", "passenger.given"),
        *_moved("ReservationStatus.booking.party.paid", "journey"),
        "ReservationStatus.booking.party.paid.journey.removed",
        *_moved("ReservationStatus.booking", "changes", "sale.booked_at", "sale.paid_with.amount.amount"),
        *_of("ReservationStatus", "booking.sale.given", "split_from.booking.sale.given"),
        *_moved("ReservationStatus.split_from.booking", "changes"),
        *_of("ReservationStatus.booking.before_requests", "bags.given", "insurance.given", "paid.given"),
        *_of("ReservationStatus.split_from.booking.before_requests", "bags.given", "insurance.given", "paid.given"),
        *_of(
            "ReservationStatus.booking.sale",
            "removed",
            "bags.given",
            "bags.removed",
            "channel.other",
            "booked_at.removed",
        ),
        *_of(
            "ReservationStatus.booking.sale", "family.other", "family.removed", "insurance.other", "insurance.removed"
        ),
        *_of("ReservationStatus.booking.sale.paid_with", "dropped", "id.other", "kind.other", "amount.removed"),
        "ReservationStatus.booking.sale.paid_with.amount.currency.other",
        *_of(
            "ReservationStatus.booking.journeys",
            "dropped",
            "offer.other",
            "state.other",
            "last_fact.other",
            "legs.dropped",
        ),
        *_moved(
            "ReservationStatus.booking.journeys",
            "longest_stay",
            "number",
            "legs.departs",
            "legs.arrives",
            "legs.answered",
        ),
        *_of(
            "ReservationStatus.booking.journeys.legs",
            "flight.other",
            "destination.other",
            "cabin.other",
            "sold_as.given",
        ),
        *_moved("ReservationStatus.booking.journeys.ticket", "departs", "arrives"),
        *_of("ReservationStatus.booking.journeys.ticket", "origin.other", "destination.other"),
        *_of("ReservationStatus.booking.journeys.ticket.flights", "dropped", "other"),
        *_of("ReservationStatus.booking", "journeys.documents.given", "record.given"),
        *_of("ReservationStatus.booking.journeys", "moved_back.other", "legs.married.other", "legs.there_from.given"),
        *_of("ReservationStatus.booking.party", "ssrs.dropped", "ssrs.other"),
        *_of(
            "ReservationStatus.booking.passengers",
            "age.given",
            "dropped",
            "escort.given",
            "escort.other",
            "escort.removed",
            "id.other",
            "kind.other",
            "kind.removed",
            "name.other",
        ),
        *_moved(
            "ReservationStatus.split_from.booking.journeys",
            "legs.answered",
            "legs.arrives",
            "legs.departs",
            "longest_stay",
            "number",
            "ticket.arrives",
            "ticket.departs",
        ),
        *_of(
            "ReservationStatus.split_from.booking.journeys",
            "documents.given",
            "dropped",
            "last_fact.other",
            "legs.cabin.other",
            "legs.destination.other",
            "legs.dropped",
            "legs.flight.other",
            "legs.there_from.given",
            "legs.married.other",
            "legs.sold_as.given",
            "moved_back.other",
            "offer.other",
            "state.other",
            "ticket.destination.other",
            "ticket.flights.dropped",
            "ticket.flights.other",
            "ticket.origin.other",
        ),
        *_moved("ReservationStatus.split_from.booking.party", "paid.price.amount", "passengers", "seats"),
        *_of(
            "ReservationStatus.split_from.booking.party",
            "cabin.other",
            "contact.other",
            "language.other",
            "paid.dropped",
            "paid.journey.given",
            "paid.kind.other",
            "paid.passenger.given",
            "paid.price.currency.other",
            "preference.other",
            "remark.other",
            "ssrs.dropped",
            "ssrs.other",
            "tier.other",
        ),
        *_of(
            "ReservationStatus.split_from.booking.passengers",
            "age.given",
            "dropped",
            "escort.given",
            "escort.other",
            "escort.removed",
            "kind.other",
            "kind.removed",
            "name.other",
        ),
        *_moved("ReservationStatus.split_from.booking", "version"),
        *_of("ReservationStatus.split_from.booking", "pnr.other", "record.given"),
        *_of("ReservationStatus.split_from", "removed"),
    ),
    "a booking before the reservation system first changed it is on record nowhere else": (
        *_of("BookingAmended.before", "language.other", "passengers.higher", "seats.higher"),
        *_of("BookingAmended.journeys.before", "cabin.other", "destination.other", "dropped", "married.other"),
        *_of("BookingAmended", "changed.dropped", "before.removed"),
    ),
    "when a version was decided, and which number it had before a later one was, decides nothing any more": (
        "BookingAmended.decided_at.lower",
        "BookingAmended.version.lower",
        "BookingAmended.dropped",
        "BookingContradicted.decided_at.lower",
    ),
    "an id that no other fact follows": (
        "BookingAmended.id.other",
        "BookingContradicted.id.other",
        "BookingWithdrawn.id.other",
    ),
    "what a person reads about a contradiction is in no other message": _of(
        "BookingContradicted", "detail.other", "reason.other"
    ),
    "which flights were sold as one is on record in the booking alone, and wrongs a party only where it loses one of two": (
        *_of("Booking.journeys.legs", "married.other"),
        *_of("BookingChanged.before", "married.other"),
        *_of("BookingKept.before", "married.other"),
        *_of("TripOffered.trips", "married.other"),
        *_of("BookingStranded.before", "married.other"),
    ),
    "from when on a party was at a gate before a fact decides nothing after it": (
        *_of("BookingChanged.before", "there_from.given"),
        *_of("BookingKept.before", "there_from.given"),
        *_of("TripOffered", "after.there_from.given", "trips.there_from.given"),
        *_of("BookingStranded", "before.there_from.given", "flown.there_from.given"),
        *_of("BookingAmended.journeys.before", "there_from.given"),
    ),
    "the letter about a trip that is kept names no flight that broke a connection": ("BookingKept.broken_by.removed",),
    "a journey without a fact has its number from the booking alone": _moved("Booking.journeys", "number"),
    "a number in the booker's book-keeping: a wrong one has a party answered once too often, or is overtaken by a later fact": (
        *_moved("Booking.journeys.legs", "answered"),
        *_moved("BookingChanged.before", "answered"),
        *_moved("BookingChanged.after", "answered"),
        *_moved("BookingKept", "before.answered", "after.answered"),
        *_moved("TripOffered", "before.answered", "after.answered", "trips.answered"),
        *_moved("Offer.plan.options.legs", "last_disruption"),
        *_moved("BookingAmended.journeys.before", "answered"),
        *_moved("BookingAmended.journeys.after", "answered"),
        *_moved("BookingWithdrawn.journeys.before", "answered"),
        *_moved("BookingStranded", "before.answered", "flown.answered", "held.answered"),
        *_moved("SeatLedger", "last_fact"),
    ),
    SEEDED_AND_RETIMED: (
        *_moved("BookingChanged.before", "departs", "arrives"),
        *_moved("BookingKept.before", "departs", "arrives"),
        *_moved("TripOffered.after", "departs", "arrives"),
    ),
    WAITED_BEFORE: ("BookingChanged.reason.other", *_of("TripOffered", "reason.other", "stands.other")),
    RE_EQUIPPED: ("TripOffered.trips.cabin.other",),
    "which wishes a remark expresses is a judgement, which the audit does not repeat": (
        *_of("BookingChanged.wishes", "removed", "nonstop.other", "together.other", "depart_after.given"),
    ),
    CANCELLED_FLIGHT: (
        *_moved("Flight", "departs", "arrives"),
        *_moved("FlightChanged.state", "departs", "arrives"),
        *_of("SeatLedger", "known_departure.given", "known_arrival.given"),
    ),
    "the schedule, and when it was learnt, of a flight without a status on record reaches no traveller": (
        *_moved("Flight", "scheduled_departure", "scheduled_arrival", "observed_at"),
        "Flight.known_at.given",
        *_moved("FlightChanged.state", "observed_at"),
    ),
    DIVERTED_LATER: (*_moved("FlightChanged.state", "announced_departure", "announced_arrival"),),
    "no status on record contradicts it: FEED keeps 48 hours, and what came before them is the monitor's word": (
        *_of("Flight", *_AT_THE_AIRPORT, "layout.given"),
        *_of("FlightChanged.state", *_AT_THE_AIRPORT, "layout.given"),
    ),
    "a flight without a mode is by air, and the first one given is that": (
        *_of("Flight", "mode.given"),
        *_of("FlightChanged.state", "mode.given"),
        *_of("SeatLedger", "mode.given"),
    ),
    "under which numbers a flight is sold, and which flight a number stands for, is read from its state and from no change": (
        *_of("FlightChanged.state", "operated_as.given", "sold_as.dropped"),
    ),
    "a flight that was seeded: its seats before its first change, and what was authorised above them, are on record nowhere": (
        *_moved("FlightChanged.state", "seats"),
        "SeatLedger.authorised.higher",
    ),
    "what was sold, and who waits, since before irops noted it has none; moves are judged by the bookings": (
        "SeatLedger.services.dropped",
        "WaitlistEntry.carrier.removed",
    ),
    EMPTY_CABIN: (
        *_of("Flight", "seats.dropped"),
        *_of("FlightChanged.state", "seats.dropped"),
        *_of("SeatLedger", "capacity.dropped"),
    ),
    UNUSED_LEDGER: ("SeatLedger.dropped",),
    "a party that has its answer, or a seat: it need not get off any more": _of(
        "SeatLedger.offloaded", "dropped", "other"
    ),
    WHOLLY_ANSWERED: (
        *_moved("SeatsDisrupted", "departs", "arrives", "n"),
        *_of("SeatsDisrupted", "diverted_to.given", "diverted_to.other", "diverted_to.removed", "kind.other"),
        *_of("SeatsDisrupted", "parties.dropped", "parties.other", "dropped"),
    ),
    "a message that is there twice says what it says once": (
        "FlightChanged.doubled",
        "FlightStatus.doubled",
        "SeatsDisrupted.doubled",
        "NoticeSent.doubled",
        "NoticePointless.doubled",
        "FlightDoubted.doubled",
    ),
    "a broken connection without the flight that broke it is a letter that says less, and nothing wrong": (
        "BookingChanged.broken_by.removed",
    ),
    "a note of where seats were lost that the party has again: what is lost still is in the ledger of that flight": (
        *_of("SeatLedger.lost_onward", "dropped", "other"),
    ),
    "both flights of the connection had moved, and it was broken by either": ("BookingChanged.broken_by.other",),
    "what a person reads about a doubt is in no other message, and no fact follows it": (
        *_of("FlightDoubted", "detail.other", "id.other", "partly.other"),
    ),
    "the registration in a status that is doubted for something else: the status is known by the rest of it": (
        "FlightDoubted.status.tail.given",
        "FlightStatus.tail.given",
        *_of("FlightStatus", "layout.given", "layout.removed"),
    ),
    "which of its channels took a letter is the same to the party": ("NoticeSent.channel.other",),
    "what a party is owed by the last package has to be in a letter; which package another letter had matters to no one": (
        "NoticeSent.care.other",
    ),
    "what a feed reported stands in the changes made of it; the raw status goes after 48 hours in any case": (
        *_of("FlightStatus", "dropped", "flight.other", "observed_at.higher", "seats.removed", "seats.dropped"),
        *_of("FlightStatus", "estimated_departure.removed", "estimated_arrival.removed", "departed_at.removed"),
        *_of("FlightStatus", "sold_as.dropped", "sold_as.other"),
    ),
    "what a status repeats of a flight that has landed or come back is old: when it had left before, and where it is": (
        "FlightStatus.departed_at.lower",
        "FlightStatus.diverted_to.removed",
    ),
    "a status that is not believed, as it contradicts itself or comes too early, or that later ones have overtaken": (
        *_of(
            "FlightStatus",
            "cancelled.other",
            "seats.given",
            "authorised.given",
            "diverted_to.given",
            "observed_at.lower",
        ),
        *_of("FlightStatus", "estimated_departure.given", "estimated_arrival.given"),
        "FlightStatus.estimated_arrival.lower",
        *_moved("FlightStatus", "scheduled_arrival"),
        "FlightStatus.scheduled_departure.lower",
    ),
}

HARMLESS: Mapping[str, str] = {kind: reason for reason, kinds in _REASONS.items() for kind in kinds}
"""The reason for each kind."""

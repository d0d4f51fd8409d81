"""The facts and the acts that every fare file may name without declaring them. A file declares what else it needs.

A file may declare one of these facts again, to say which texts it can be.
"""

from collections.abc import Mapping

from policy.facts import FactKind

ACTS: Mapping[str, str] = {
    "book": "make a new booking",
    "cancel": "cancel the whole booking",
    "change_dates": "fly the same route on other days",
    "change_flights": "take other flights",
    "same_day_change": "take another flight on the day of travel",
    "change_cabin": "fly in another cabin",
    "change_names": "correct or replace who travels",
    "change_seat": "sit elsewhere",
    "change_passengers": "travel with more or fewer people",
    "change_origin": "begin elsewhere",
    "change_destination": "end elsewhere",
    "change_trip_type": "make a return of a one-way trip, or the other way round",
    "add_bags": "check more bags",
    "remove_bags": "check fewer bags",
    "add_insurance": "insure the trip",
    "remove_insurance": "give the insurance up",
    "leave_waitlist": "be given no other trip, having lost one",
    "compensate": "be compensated for what went wrong",
}
"""What may be asked for, and what it is."""

FACTS: Mapping[str, FactKind] = {
    "cabin": FactKind("text", "the cabin of the booking"),
    "new_cabin": FactKind("text", "the cabin asked for"),
    "cabins": FactKind("list", "the cabins of all flights of the booking as it would be"),
    "family": FactKind("text", "the fare family"),
    "tier": FactKind("text", "the customer's tier"),
    "insurance": FactKind("yes_no", "whether the trip is insured"),
    "reason": FactKind("text", "the reason given"),
    "flight_status": FactKind("text", "the status of the flight"),
    "airline_cancelled": FactKind("yes_no", "whether the airline cancelled a flight of the booking"),
    "delayed": FactKind("yes_no", "whether a flight of the booking is delayed"),
    "channel": FactKind("text", "where the booking was made"),
    "trip_type": FactKind("text", "one way or return"),
    "route": FactKind("text", "the kind of route, such as domestic"),
    "hours_since_booking": FactKind("number", "hours since the booking was made", with_time="rises"),
    "hours_to_departure": FactKind("number", "hours until the first flight departs", with_time="falls"),
    "hours_booked_ahead": FactKind("number", "hours between the booking and the first departure"),
    "booked_on": FactKind("date", "the day of the booking"),
    "today": FactKind("date", "the day"),
    "travel_date": FactKind("date", "the day of the first flight"),
    "passengers": FactKind("count", "how many travel"),
    "legs": FactKind("count", "how many flights the booking has"),
    "legs_flown": FactKind("count", "how many flights have been flown"),
    "bags": FactKind("count", "how many checked bags there would be"),
    "bags_before": FactKind("count", "how many checked bags the booking has"),
    "names_changed": FactKind("count", "how many passengers would be named otherwise"),
    "letters_changed": FactKind("count", "the most letters by which one of these names would change"),
    "seat_kinds": FactKind(
        "list", "what the seats asked for are: window, aisle or middle; exit, extra_legroom, bassinet"
    ),
    "seat_kinds_before": FactKind("list", "what the seats are that the party has there now"),
    "new_seats": FactKind("count", "how many of the seats asked for the party does not have yet"),
    "changes_before": FactKind("count", "how often the booking was changed before"),
    "complaint": FactKind("text", "what went wrong: cancelled_flight, delayed_flight or other"),
    "asked": FactKind("yes_no", "whether the customer asked for it unprompted"),
    "confirmed": FactKind("yes_no", "whether the facts of the complaint are confirmed"),
    "paid": FactKind("money", "what was paid for the booking"),
    "old_price": FactKind("money", "what was paid for the flights that would change"),
    "new_price": FactKind("money", "what the flights asked for cost now"),
}
"""What a case may know."""

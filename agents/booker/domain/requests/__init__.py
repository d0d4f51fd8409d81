"""What a person asks of the booker, pure: what it would cost, and what is written when it is done.

Each kind of wish has a file, such as `giving_up`. `wish` says what a kind is, and `wishes` which there are. `facts` has what
the booking says, `quoting` asks the fare rules about it, and `deciding` whether a request is carried out; `paying` what was
paid for it then.
"""

from agents.booker.domain.requests.deciding import Decided, RequestFact, decide_request, refused_without_booking
from agents.booker.domain.requests.known import Known
from agents.booker.domain.requests.quoting import quote
from agents.booker.domain.requests.wishes import flights_asked_for, flights_of

__all__ = [
    "Decided",
    "Known",
    "RequestFact",
    "decide_request",
    "flights_asked_for",
    "flights_of",
    "quote",
    "refused_without_booking",
]

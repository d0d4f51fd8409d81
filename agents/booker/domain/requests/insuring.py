"""To insure the trip, or to give its insurance up. Its flights stay, and whether it is insured is known."""

from collections.abc import Mapping

from msgspec import structs

from agents.booker.domain.requests.known import Impossible, Known
from agents.booker.domain.requests.paying import more_than_ancillaries, paid_beside_trips
from agents.booker.domain.requests.wish import Becomes, Wish, check_not_all_begun
from contracts.ledger import Booking
from contracts.requests import Act, Quote, Wanted
from policy.fares import Answer, Value


class Insure(Wish):
    """`Wanted.insurance`."""

    name = "insurance"

    def is_asked(self, wanted: Wanted) -> bool:
        return wanted.insurance is not None

    def acts(self, wanted: Wanted, _known: Known) -> tuple[Act, ...]:
        return ("add_insurance",) if wanted.insurance else ("remove_insurance",)

    def becomes(self, wanted: Wanted, known: Known) -> Becomes:
        check_not_all_begun(known)
        booking, sale = known.booking, known.booking.sale
        if sale is None or sale.insurance is None:
            raise Impossible("whether it is insured is not known", for_a_person=True)
        if wanted.insurance == sale.insurance:
            raise Impossible("it is insured already" if sale.insurance else "it is not insured")
        before = booking.before_requests
        if before.insurance is None:
            before = structs.replace(before, insurance=sale.insurance)
        return Becomes(
            structs.replace(booking, sale=structs.replace(sale, insurance=wanted.insurance), before_requests=before)
        )

    def unaccounted(self, answer: Answer, _facts: Mapping[str, Value], booking: Booking) -> str:
        return more_than_ancillaries(answer, booking)

    def paid(self, merged: Booking, agreed: Quote) -> Booking:
        return paid_beside_trips(merged, agreed, "ancillary")

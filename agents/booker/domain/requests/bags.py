"""More or fewer checked bags, for the whole party. Its flights stay, and how many it may check is known."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import structs

from agents.booker.domain.requests.known import Impossible, Known
from agents.booker.domain.requests.paying import more_than_ancillaries, paid_beside_trips
from agents.booker.domain.requests.wish import Becomes, Wish, check_not_all_begun
from contracts.ledger import Booking
from contracts.requests import Act, Quote, Wanted
from policy.fares import Answer, Value


class CheckBags(Wish):
    """`Wanted.bags`."""

    name = "bags"

    def is_asked(self, wanted: Wanted) -> bool:
        return wanted.bags is not None

    def acts(self, wanted: Wanted, known: Known) -> tuple[Act, ...]:
        had = known.booking.sale.bags if known.booking.sale else None
        if had is None or wanted.bags is None or wanted.bags == had:
            return ()
        return ("add_bags",) if wanted.bags > had else ("remove_bags",)

    def facts(self, wanted: Wanted, _known: Known) -> Mapping[str, Value]:
        return {"bags": Decimal(wanted.bags or 0)}

    def becomes(self, wanted: Wanted, known: Known) -> Becomes:
        check_not_all_begun(known)
        booking, sale = known.booking, known.booking.sale
        if sale is None or sale.bags is None:
            raise Impossible("how many bags it may check is not known", for_a_person=True)
        if wanted.bags == sale.bags:
            raise Impossible(f"it may check as many already: {sale.bags}")
        before = booking.before_requests
        if before.bags is None:
            before = structs.replace(before, bags=sale.bags)
        return Becomes(structs.replace(booking, sale=structs.replace(sale, bags=wanted.bags), before_requests=before))

    def unaccounted(self, answer: Answer, _facts: Mapping[str, Value], booking: Booking) -> str:
        return more_than_ancillaries(answer, booking)

    def paid(self, merged: Booking, agreed: Quote) -> Booking:
        return paid_beside_trips(merged, agreed, "ancillary")

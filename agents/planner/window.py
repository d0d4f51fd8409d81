"""One window: from the causes delivered together to the plans proposed.

A window is whatever was delivered by the time the planner is free to plan. All its parties are planned together over one pool
of seats. A refused plan is a cause like any other: its party is planned again on fresh facts.

A journey that waits for a brake is left out: when the brake ends, its plans are refused. One that is under a brake and does
not wait yet gets a plan without options, which the booker puts aside.

A party about which a model is asked is planned with the others; its seats stay reserved while `judging` goes on in the
background, beside the next windows.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from agents.planner.domain import Reservations, SeatScan
from agents.planner.domain.affected import Cause, affected_journeys, affected_parties, unanswered_by
from agents.planner.judging import Judging, retry_soon
from agents.planner.live_planner import RETRY_AFTER, AffectedJourney, AffectingCause, LivePlanner
from agents.planner.proposal import Proposal, propose
from bus import Deferred, Delivery, Retry
from contracts.ledger import JourneyKey
from contracts.names import Pnr
from contracts.plans import PlanProposed


class WindowPlanner:
    def __init__(self, live: LivePlanner, judging: Judging) -> None:
        self._live = live
        self._judging = judging

    async def hear(self, group: Sequence[Delivery[Cause]]) -> list[Deferred]:
        """Plan every party that these causes affect, and propose.

        Returns the work that is left: judging the parties about which a model is asked, and retrying causes of parties that may
        yet find seats. Raises `Retry` where a booking is on a flight that the views lack, and what the bus raises.
        """
        views, reservations = self._live.views, self._live.reservations
        await self._live.catch_up(group)
        affected = self._affected(group)
        stored = await views.bookings(affected)
        ahead = {pnr for pnr, read in stored.items() if views.lacks_flight_of(read.booking)}
        journeys = {
            (pnr, number): AffectedJourney(read, number, causes)
            for pnr, read in stored.items()
            if pnr not in ahead
            for number, causes in affected_journeys(read.booking, affected[pnr]).items()
        }
        due = {
            key: journey
            for key, journey in journeys.items()
            if key not in reservations and not views.brakes.put_aside(key)
        }
        again = _unanswered_under_way(journeys, reservations)
        with ExitStack() as undecided:
            deferred = await self._plan(due, undecided)
            if ahead:
                raise Retry(RETRY_AFTER, f"{len(ahead)} bookings are on flights not known yet")
            undecided.pop_all()  # from here on each judgement releases its own reservation
        return deferred + [Deferred(cause, retry_soon) for cause in again]

    def _affected(self, group: Sequence[Delivery[Cause]]) -> Mapping[Pnr, list[AffectingCause]]:
        live = self._live
        scan = SeatScan(
            live.views.network,
            now=live.bus.now(),
            rules=live.views.rules,
            reserved=live.reservations.confirmed,
        )
        return affected_parties(
            ((delivery.message, delivery) for delivery in group), waiting_for=live.views.waiting_for, scan=scan
        )

    async def _plan(self, due: Mapping[JourneyKey, AffectedJourney], undecided: ExitStack) -> list[Deferred]:
        """Plan these journeys together and propose; then again those without a plan, as long as proposing has freed seats.

        The reservations of parties that are judged later are entered into `undecided`.
        """
        deferred: list[Deferred] = []
        while due:
            with ExitStack() as reserved:
                async with self._live.moment():
                    plans = await self._live.plan_window(due.values())
                    ruled, judged = self._judging.divide(plans, due)
                    deferred += [
                        self._judging.deferred(due[plan.pnr, plan.journey], self._proposal(plan, due, undecided))
                        for plan in judged
                    ]
                    proposals = [self._proposal(plan, due, reserved) for plan in ruled]
                new = await propose(self._live.bus, proposals)
            planned = {(plan.pnr, plan.journey) for plan in plans}
            due = {key: journey for key, journey in due.items() if key not in planned}
            if new == len(ruled):
                break
            # Some plans had been proposed before. The seats reserved for them are free again for parties without a plan.
        retried = await self._live.outbid(due.values())
        return deferred + [Deferred(cause, retry_soon) for cause in retried]

    def _proposal(self, plan: PlanProposed, due: Mapping[JourneyKey, AffectedJourney], reserved: ExitStack) -> Proposal:
        """The plan with its seats reserved, until `reserved` is closed."""
        journey = due[plan.pnr, plan.journey]
        reservation = reserved.enter_context(self._live.reservations.reserve(plan, journey.stored.booking))
        return Proposal(plan, journey.cause_of(plan), reservation)


def _unanswered_under_way(
    journeys: Mapping[JourneyKey, AffectedJourney], reservations: Reservations
) -> list[Delivery[Cause]]:
    """The causes that the plans under way do not answer. No message about them says what such a plan comes to, so they are
    handled again."""
    causes = (
        cause
        for key, journey in journeys.items()
        if key in reservations
        for cause in unanswered_by(reservations.reason(key), journey.affecting)
    )
    return list({(cause.stream, cause.sequence): cause for cause in causes}.values())

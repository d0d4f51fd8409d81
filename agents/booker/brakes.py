"""The brakes as the active booker keeps them: set and ended by the operator's word, and by time.

Only the active booker writes them, in commits under its lease. So what it has in memory is exact, as its seats are, and a
commit need not expect the brakes' revision: where they have moved another booker is active, and the lease has moved too. A
brake is set between two commits, never beside one.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from msgspec import Struct, structs

from agents.booker.adapters import Ledger
from agents.booker.domain.braking import MINUTE, Braking, room, room_from
from agents.booker.lease import Lease
from bus import AskFailed, Bus, Cause, Delivery, Fact, Removal, Write
from bus.logs import get_logger
from contracts.airlines import iata_of
from contracts.brakes import (
    BRAKE_ENDED,
    BRAKE_SET,
    BRAKED,
    BRAKES,
    PACE,
    Brake,
    BrakeAnswer,
    BrakedJourney,
    BrakeEnded,
    Brakes,
    BrakeSet,
    EndBrake,
    Moves,
    Pace,
    Scope,
    SetBrake,
)
from contracts.identity import canonical
from contracts.ledger import JourneyKey
from contracts.names import Pnr
from contracts.plans import PLAN_REFUSED, PlanRefused
from contracts.subject import Addressed, Key

M = TypeVar("M", bound=Struct)

_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
_MESSAGES = 900
"""In a commit that releases journeys: the server accepts 1,000."""

log = get_logger("booker")


class BrakeKeeper:
    """Every method but `earliest` is called in the lease's turn."""

    def __init__(
        self,
        bus: Bus,
        ledger: Ledger,
        lease: Lease,
        *,
        rules_version: Callable[[], int],
        ended: Callable[[], None],
    ) -> None:
        """`ended` is called when a brake is in force no more."""
        self._bus, self._ledger, self._lease = bus, ledger, lease
        self._rules_version, self._ended = rules_version, ended
        self._is_known = False
        """Whether memory is as the ledger: not before the first look, nor while a commit's outcome is not known."""
        self._brakes = Brakes()
        self._revision = 0
        self._aside: dict[JourneyKey, BrakedJourney] = {}
        self._paces: dict[int, Pace] = {}
        self._revisions: dict[str, int] = {}
        """Of journeys that wait and of paces, by subject name: what a write has to expect."""
        self._by_brake: defaultdict[int, set[JourneyKey]] = defaultdict(set)
        self._called: defaultdict[int, set[JourneyKey]] = defaultdict(set)

    # For plans.

    async def braking(self, now: datetime, journeys: Iterable[JourneyKey]) -> Braking:
        """The brakes for a group of plans of these journeys."""
        await self.know()
        if not self._brakes.brakes and not self._aside:
            return Braking(now)
        wanted = set(journeys)
        await self._learn_revisions(wanted - self._aside.keys())
        return Braking(
            now,
            self._brakes,
            {key: entry for key in wanted if (entry := self._aside.get(key))},
            self._paces,
            {n: len(keys) for n, keys in self._by_brake.items()},
            {n: len(keys) for n, keys in self._called.items()},
        )

    def writes(
        self, braking: Braking, causes: Mapping[JourneyKey, Delivery[Any] | Cause | None]
    ) -> tuple[list[Write], list[Removal]]:
        """What a commit has to write for the group. `wrote` has to follow."""
        states: list[Write] = []
        removals: list[Removal] = []
        for key, entry in braking.changed.items():
            if entry is not None:
                states.append(self._write(BRAKED.of(entry), causes.get(key)))
            elif key in self._aside:
                removals.append(self._removal(_key(key)))
        states += [self._write(PACE.of(pace)) for pace in braking.paced.values()]
        self._is_known = self._is_known and not (states or removals)
        return states, removals

    def wrote(self, braking: Braking, revisions: Mapping[str, int]) -> None:
        """Call once the commit with `writes` is stored."""
        for key, entry in braking.changed.items():
            self._put(key, entry, revisions)
        for pace in braking.paced.values():
            self._paces[pace.n] = pace
            self._revisions[PACE.of(pace).name] = revisions[PACE.of(pace).name]
        self._is_known = True

    async def in_force(self) -> Brakes:
        """All brakes."""
        await self.know()
        return self._brakes

    def of_party(self, pnr: Pnr) -> list[tuple[Key[BrakedJourney], int]]:
        """Its journeys that wait for a brake, with their revisions."""
        keys = [BRAKED.key(pnr=pnr, journey=number) for own, number in self._aside if own == pnr]
        return [(key, self._revisions[key.name]) for key in keys]

    def forgot(self, pnr: Pnr) -> None:
        """Call once these have been removed."""
        for key in [key for key in self._aside if key[0] == pnr]:
            self._put(key, None, {})

    # The operator's word.

    async def set(self, question: SetBrake) -> BrakeAnswer:
        """Set a brake, in place of the one that the scope has. Asked again, it changes nothing."""
        scope = _canonical(question.scope)
        now = self._bus.now()
        if question.until is not None and question.until <= now:
            raise AskFailed(400, f"it would end at {question.until:%Y-%m-%d %H:%M:%S} UTC, and it is {now:%H:%M:%S}")
        await self.know()
        old = self._at(scope)
        if old is not None and _asked(old) == _asked(question):
            return self._answer(old)
        n = self._brakes.last + 1
        brake = Brake(**(structs.asdict(question) | {"scope": scope}), n=n, since=now)
        facts = [Fact(BRAKE_SET.of(BrakeSet(n=n, brake=brake)), expires=False)]
        others = tuple([each for each in self._brakes.brakes if each is not old])
        if old is not None:
            ended = BrakeEnded(n=old.n, scope=scope, at=now, by=question.by, replaced_by=n)
            facts.append(Fact(BRAKE_ENDED.of(ended), expires=False))
        await self._write_brakes(Brakes(brakes=(*others, brake), last=n), facts)
        log.info("brake set", brake=n, scope=str(scope))
        return self._answer(brake)

    async def end(self, question: EndBrake) -> BrakeAnswer:
        """End a brake. What waits for it is released by `release`, which is due at once then."""
        scope = _canonical(question.scope)
        await self.know()
        brake = self._at(scope)
        if brake is None:
            raise AskFailed(404, f"there is no brake on {scope}")
        answer = self._answer(brake)
        await self._end([brake], by=question.by)
        return answer

    def _answer(self, brake: Brake) -> BrakeAnswer:
        return BrakeAnswer(brake=brake, waiting=len(self._by_brake.get(brake.n, ())))

    def _at(self, scope: Scope) -> Brake | None:
        return next((brake for brake in self._brakes.brakes if brake.scope == scope), None)

    # Time.

    def earliest(self) -> datetime | None:
        """When something is due next: a brake ends, or there is something to release."""
        if not self._brakes.brakes and not self._aside:
            return None
        return min(self._times(), default=None)

    def _times(self) -> Iterator[datetime]:
        brakes = {brake.n: brake for brake in self._brakes.brakes}
        for brake in brakes.values():
            if brake.until is not None:
                yield brake.until
        for n, waiting in self._by_brake.items():
            if waiting and n not in brakes:
                yield _AT_ONCE
            elif waiting and brakes[n].is_cap:
                yield from filter(None, [room_from(brakes[n], self._moves(n), len(self._called[n]))])
        for called in self._called.values():
            yield from (at + MINUTE for key in called if (at := self._aside[key].called_at))

    async def release(self, now: datetime) -> dict[JourneyKey, int] | None:
        """End the brakes whose time has come, and refuse the plans of some journeys whose turn it is; get the revision of the
        last refusal of each. Call it again until it returns None: nothing was due."""
        await self.know()
        if ended := [brake for brake in self._brakes.brakes if not brake.is_in_force(now)]:
            await self._end(ended, by="")
        brakes = {brake.n: brake for brake in self._brakes.brakes}
        lapsed = [
            self._aside[key]
            for called in self._called.values()
            for key in called
            if (at := self._aside[key].called_at) and at + MINUTE <= now
        ]
        gone = [self._aside[key] for n, keys in self._by_brake.items() if n not in brakes for key in keys]
        gone += [self._aside[key] for n, keys in self._called.items() if n not in brakes for key in keys]
        called = [entry for brake in brakes.values() if brake.is_cap for entry in self._turns(brake, now)]
        due = sorted({entry.key: entry for entry in (*lapsed, *gone)}.values(), key=_place)
        entries = list(_as_many_as_fit((*due, *sorted(called, key=_place))))
        return await self._refuse(entries, {entry.key for entry in called}, now) if entries else None

    def _turns(self, cap: Brake, now: datetime) -> list[BrakedJourney]:
        left = room(cap, self._moves(cap.n), now) - len(self._called[cap.n])
        waiting = sorted((self._aside[key] for key in self._by_brake[cap.n]), key=_place) if left > 0 else []
        return waiting[: max(left, 0)]

    async def _refuse(
        self, entries: Sequence[BrakedJourney], called: Collection[JourneyKey], now: datetime
    ) -> dict[JourneyKey, int]:
        """Refuse all plans of these journeys; of those that are `called` the next one is let through."""
        loaded = await self._bus.load([_key(entry.key) for entry in entries])
        facts: list[Fact] = []
        states: list[Write] = []
        removals: list[Removal] = []
        changed: dict[JourneyKey, BrakedJourney | None] = {}
        refusals: dict[JourneyKey, str] = {}
        for entry in entries:
            cause = found.cause if (found := loaded[_key(entry.key)]) else None
            for refusal in self._refusals(entry):
                facts.append(Fact(PLAN_REFUSED.of(refusal), cause))
                refusals[entry.key] = PLAN_REFUSED.of(refusal).name
            if entry.key in called:
                now_is = changed[entry.key] = structs.replace(entry, plans=(), called_at=now)
                states.append(self._write(BRAKED.of(now_is), cause))
            else:
                changed[entry.key] = None
                removals.append(self._removal(_key(entry.key)))
        self._is_known = False
        revisions = await self._ledger.commit(facts, seats={}, states=states, removals=removals)
        for key, left in changed.items():
            self._put(key, left, revisions)
        self._is_known = True
        return {key: revisions[name] for key, name in refusals.items()}

    def _refusals(self, entry: BrakedJourney) -> Iterator[PlanRefused]:
        for put in entry.plans:
            yield PlanRefused(
                pnr=entry.pnr,
                journey=entry.journey,
                id=put.id,
                refusal="stale",
                reason=put.reason,
                regains=put.regains,
                detail=f"it was put aside under brake {entry.brake}",
                rules=self._rules_version(),
            )

    async def _end(self, ended: Sequence[Brake], *, by: str) -> None:
        now = self._bus.now()
        facts = [
            Fact(BRAKE_ENDED.of(BrakeEnded(n=brake.n, scope=brake.scope, at=now, by=by)), expires=False)
            for brake in ended
        ]
        left = tuple([brake for brake in self._brakes.brakes if brake not in ended])
        removals = [self._removal(PACE.key(n=brake.n)) for brake in ended if brake.n in self._paces]
        await self._write_brakes(structs.replace(self._brakes, brakes=left), facts, removals)
        for brake in ended:
            self._paces.pop(brake.n, None)
            log.info("brake ended", brake=brake.n, scope=str(brake.scope))
        self._ended()

    async def _write_brakes(self, brakes: Brakes, facts: Sequence[Fact], removals: Sequence[Removal] = ()) -> None:
        self._is_known = False
        revisions = await self._ledger.commit(
            facts, seats={}, states=[Write(BRAKES.of(brakes), self._revision)], removals=removals
        )
        self._brakes, self._revision = brakes, revisions[BRAKES.key().name]
        self._is_known = True

    def _moves(self, n: int) -> Sequence[Moves]:
        pace = self._paces.get(n)
        return pace.moves if pace else ()

    # Memory.

    async def _learn_revisions(self, journeys: Iterable[JourneyKey]) -> None:
        """Of journeys that do not wait: what a write has to expect, for they may have waited before."""
        keys = [key for each in journeys if (key := _key(each)).name not in self._revisions]
        loaded = await self._bus.load(keys, at_least=self._lease.since)
        self._revisions |= {key.name: loaded.revision(key) for key in keys}

    async def know(self) -> None:
        """Have in memory what the ledger has. Raises `Unavailable`."""
        if self._is_known:
            return
        key = BRAKES.key()
        loaded = await self._bus.load([key], at_least=self._lease.since)
        self._brakes, self._revision = Brakes(), loaded.revision(key)
        self._aside.clear()
        self._paces.clear()
        self._revisions.clear()
        self._by_brake.clear()
        self._called.clear()
        if (entry := loaded[key]) is not None:  # without it no brake was ever set, and nothing waits for one
            self._brakes = entry.message
            async for waits in self._bus.history(BRAKED):
                self._put(waits.message.key, waits.message, {waits.subject: waits.sequence})
            caps = [PACE.key(n=brake.n) for brake in self._brakes.brakes if brake.is_cap]
            paces = await self._bus.load(caps, at_least=self._lease.since)
            for pace_key in caps:
                if (pace := paces[pace_key]) is not None:
                    self._paces[pace.message.n] = pace.message
                self._revisions[pace_key.name] = paces.revision(pace_key)
        self._is_known = True

    def _put(self, key: JourneyKey, entry: BrakedJourney | None, revisions: Mapping[str, int]) -> None:
        if (old := self._aside.pop(key, None)) is not None:
            self._by_brake[old.brake].discard(key)
            self._called[old.brake].discard(key)
        name = _key(key).name
        if entry is not None:
            self._aside[key] = entry
            (self._by_brake if entry.called_at is None else self._called)[entry.brake].add(key)
        if name in revisions:
            self._revisions[name] = revisions[name]

    def _write(self, addressed: Addressed[Any], cause: Delivery[Any] | Cause | None = None) -> Write:
        return Write(addressed, self._revisions.get(addressed.name, 0), cause)

    def _removal(self, key: Key[M]) -> Removal:
        return Removal(key, self._revisions.get(key.name, 0))


def _key(journey: JourneyKey) -> Key[BrakedJourney]:
    pnr, number = journey
    return BRAKED.key(pnr=pnr, journey=number)


def _place(entry: BrakedJourney) -> tuple[int, JourneyKey]:
    """Its place among those that wait."""
    return entry.order, entry.key


def _as_many_as_fit(entries: Iterable[BrakedJourney]) -> Iterator[BrakedJourney]:
    """The first of them, with a message for each and for each of their plans."""
    messages = 0
    for entry in entries:
        messages += 1 + len(entry.plans)
        if messages > _MESSAGES:
            return
        yield entry


def _asked(brake: SetBrake) -> tuple[object, ...]:
    return brake.by, brake.why, brake.until, brake.moves_a_minute


def _canonical(scope: Scope) -> Scope:
    """The scope under the keys that the ledger has. Raises `AskFailed` where it names several things."""
    if sum(each is not None for each in (scope.airport, scope.carrier, scope.flight)) > 1:
        raise AskFailed(
            400, "a brake is on an airport, on a carrier, on a flight or on everything; this one names several"
        )
    carrier, flight = scope.carrier, scope.flight
    return Scope(
        airport=scope.airport,
        carrier=iata_of().get(carrier, carrier) if carrier else None,
        flight=canonical(flight) if flight else None,
    )

"""The echo as a process of its own. The first attempts at some flights fail, each in another way."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bus import Bus, Conflict, Deferred, Delivery, Handlers, Reject, Retry, Unavailable, run
from contracts.flights import FLIGHT_STATUS, FlightStatus
from tests.bus.bus_world import ECHO, echo_of, number_of

FAULTS: dict[int, list[Exception]] = {
    1: [Reject("no such gate"), ZeroDivisionError("in the second try")],
    2: [Retry(timedelta(milliseconds=10), "too early")],
    3: [ZeroDivisionError("at first")],
    4: [Conflict("another came first")],
    5: [Unavailable("not answered")],
}
DEFERRED: dict[int, list[Exception]] = {6: [Conflict("another came first")]}


async def build(bus: Bus) -> Handlers:
    async def hear(group: Sequence[Delivery[FlightStatus]]) -> list[Deferred]:
        (delivery,) = group
        number = number_of(delivery.message.flight)
        _fail(FAULTS.get(number))

        async def work() -> None:
            _fail(DEFERRED.get(number))
            await bus.emit_once([echo_of(delivery)])

        return [Deferred(delivery, work)]

    return Handlers({FLIGHT_STATUS: hear})


def _fail(faults: list[Exception] | None) -> None:
    if faults:
        raise faults.pop(0)


if __name__ == "__main__":
    run(replace(ECHO, group=1), build)

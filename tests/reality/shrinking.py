"""A failing world made small: without the parties and the disruptions that the fault does not need."""

from tests.reality.oracle import Reality, Result
from tests.reality.worlds import scene


def run(seed: int, *, through: bool = False, unheard: bool = False, asked: bool = False) -> Result:
    return Reality(scene(seed, through=through, unheard=unheard, asked=asked)).run()


def smallest(seed: int, *, through: bool = False, unheard: bool = False, asked: bool = False) -> Result:
    """The world of this seed, whose run has a fault, as small as leaving out one thing at a time makes it."""
    whole = scene(seed, through=through, unheard=unheard, asked=asked)
    without: set[str] = set()
    for pnr in whole.world.bookings:
        if Reality(scene(seed, without=without | {pnr}, through=through, unheard=unheard, asked=asked)).run().faults:
            without.add(pnr)
    calm: set[str] = set()
    for flight in whole.planes:
        if (
            Reality(scene(seed, without=without, calm=calm | {flight}, through=through, unheard=unheard, asked=asked))
            .run()
            .faults
        ):
            calm.add(flight)
    return Reality(
        scene(seed, without=without, calm=calm, through=through, unheard=unheard, asked=asked), logs=True
    ).run()

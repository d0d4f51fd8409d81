"""What a party asked for, and what its letter says about it.

The words for each wish are in `golden/wishes-<language>.txt`; complete letters are beside them.
"""

from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from agents.notifier.adapters import email
from agents.notifier.domain import LANGUAGES, Writer, story_of
from agents.notifier.domain.wishes import Request, request_of
from contracts.judgement import Need, Wish, Wishes
from contracts.ledger import BookingChanged, BookingKept, Language
from tests.agents.notifier.samples import DURING, FIRST, FROM_NEWARK, JOURNEYS, ONWARD, SAME_AIRPORT, at, changed, kept

GOLDEN = Path(__file__).parent / "golden"
SENDER = "Travel notices <notices@irops.example>"
SIX = at("2013-02-08T23:00")
"""Six in the evening in New York."""
ALL = Wishes(
    arrive_by=at("2013-02-09T17:00"),
    depart_after=at("2013-02-09T14:00"),
    airports=("JFK", "LGA"),
    nonstop=True,
    cabin="first",
    together=True,
    needs=("WCHR", "OXYG"),
)
AS_ASKED = (replace(SAME_AIRPORT, cabin="first", departs=at("2013-02-09T14:30"), arrives=at("2013-02-09T15:45")),)
BY_DETROIT = (FIRST, ONWARD)
"""Too early, too late, from another airport, with a change of planes, in economy."""
FRIDAY = Wishes(arrive_by=SIX, airports=("JFK",), nonstop=True, together=True)
BROKEN: tuple[Wish, ...] = ("arrive_by", "airports", "nonstop")


def alone(wish: Wish) -> Wishes:
    """One wish alone."""
    return Wishes(**{wish: getattr(ALL, wish)})


def asking(fact: BookingChanged | BookingKept, wishes: Wishes, *unmet: Wish) -> BookingChanged | BookingKept:
    return replace(fact, wishes=wishes, unmet=unmet)


def part(body: str) -> str:
    """The section about what the party asked for, without its heading."""
    headings = ("WHAT YOU ASKED FOR\n", "LO QUE NOS PIDIÓ\n", "CE QUE VOUS AVEZ DEMANDÉ\n")
    (found,) = [p for p in body.split("\n\n") if p.startswith(headings)]
    return found.split("\n", 1)[1]


def agreed(language: Language) -> dict[str, str]:
    """The golden words by title, such as `arrive_by met`."""
    sections = (GOLDEN / f"wishes-{language}.txt").read_text(encoding="utf-8").strip().split("\n\n")
    return dict(section.split("\n", 1) for section in sections)


def words_for(writer: Writer, wish: Wish, *, met: bool, language: Language) -> str:
    trip = AS_ASKED if met else BY_DETROIT
    unmet = () if met else (wish,)
    return part(writer.write(asking(changed(after=trip, language=language), alone(wish), *unmet)).body)


@pytest.mark.parametrize("met", [True, False], ids=["met", "unmet"])
@pytest.mark.parametrize("wish", get_args(Wish))
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_wish_reads_as_agreed(writer: Writer, language: Language, wish: Wish, met: bool) -> None:
    """Met and unmet, in each language."""
    title = f"{wish} {'met' if met else 'unmet'}"
    assert words_for(writer, wish, met=met, language=language) == agreed(language)[title]


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        (
            "asked-met-en",
            asking(changed(after=(SAME_AIRPORT,)), Wishes(arrive_by=at("2013-02-09T00:00"), nonstop=True)),
        ),
        *(
            (f"asked-unmet-{language}", asking(changed(after=BY_DETROIT, language=language), FRIDAY, *BROKEN))
            for language in LANGUAGES
        ),
        ("asked-kept-es", asking(kept(language="es"), Wishes(arrive_by=at("2013-02-08T22:00")), "arrive_by")),
    ],
)
def test_complete_letters_with_wishes_read_as_agreed(
    writer: Writer, name: str, fact: BookingChanged | BookingKept
) -> None:
    """Byte for byte as written to the Maildir."""
    written = email(writer.write(fact, journeys=JOURNEYS), sender=SENDER).decode()
    assert written == (GOLDEN / f"{name}.eml").read_text(encoding="utf-8")


@pytest.mark.parametrize("need", get_args(Need))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_need_has_its_words(writer: Writer, language: Language, need: Need) -> None:
    """A letter shows no airline code."""
    words = part(writer.write(asking(changed(language=language), Wishes(needs=(need,)))).body)
    assert need not in words
    assert "()" not in words


@pytest.mark.parametrize("wishes", [None, Wishes()], ids=["no remark", "no wish in it"])
def test_a_letter_without_wishes_has_no_section_about_them(writer: Writer, wishes: Wishes | None) -> None:
    """It reads as if there were no remark."""
    assert writer.write(replace(changed(), wishes=wishes)) == writer.write(changed())


def test_an_arrival_wish_is_shown_in_the_destinations_zone(writer: Writer) -> None:
    """Three hours earlier than New York's on the wall in Los Angeles."""
    west = replace(SAME_AIRPORT, destination="LAX", arrives=at("2013-02-09T04:00"))
    words = part(writer.write(asking(changed(after=(west,)), Wishes(arrive_by=at("2013-02-09T05:00")))).body)
    assert words == "* You asked to arrive by 9:00 PM on Friday, February 8, 2013: this trip arrives at 8:00 PM."


def test_one_o_clock_is_singular_in_spanish(writer: Writer) -> None:
    """`a la 1:20`, and `a las` for all other hours."""
    night = replace(SAME_AIRPORT, arrives=at("2013-02-09T06:20"))
    words = part(writer.write(asking(changed(after=(night,), language="es"), Wishes(arrive_by=SIX), "arrive_by")).body)
    assert "a las 18:00" in words
    assert "a la 1:20" in words


def test_a_letter_about_seats_found_mentions_wishes(writer: Writer) -> None:
    """As the letter about any new trip."""
    assert "non-stop" in part(writer.write(asking(changed(()), Wishes(nonstop=True)), journeys=JOURNEYS).body)


def test_under_way_a_wish_that_the_trip_does_not_show_is_not_mentioned_as_met(writer: Writer) -> None:
    """The start of the trip was no longer a choice, so the fact does not call the wish unmet; the letter leaves it out."""
    wishes = replace(ALL, arrive_by=at("2013-02-09T20:00"))
    fact = asking(kept(BY_DETROIT, after=BY_DETROIT, decided_at=DURING), wishes, "cabin")
    request = story_of(fact, airports={}).request
    assert request is not None
    assert request.mentioned == ("arrive_by", "cabin", "together", "needs")
    assert len(part(writer.write(fact).body).splitlines()) == 4


def test_a_party_stranded_on_the_way_does_not_read_about_the_airport_it_asked_for(writer: Writer) -> None:
    """Its trip continues from where it is."""
    fact = asking(changed((), after=(ONWARD,)), Wishes(airports=("JFK",)))
    assert writer.write(fact, journeys=JOURNEYS) == writer.write(changed((), after=(ONWARD,)), journeys=JOURNEYS)


def test_under_way_no_trip_is_called_the_closest(writer: Writer) -> None:
    """No other trip was searched for."""
    fact = asking(kept(BY_DETROIT, after=BY_DETROIT, decided_at=DURING), ALL, "arrive_by")
    assert "closest" not in writer.write(fact).body


def test_a_diverted_party_reads_only_about_unmet_wishes(writer: Writer) -> None:
    """Where and when its trip ends is not known."""
    fact = kept(BY_DETROIT, after=BY_DETROIT, reason="diverted", diverted_to="CLE", decided_at=DURING)
    words = part(writer.write(asking(fact, ALL, "arrive_by")).body)
    assert words == "* You asked to arrive by 12:00 PM on Saturday, February 9, 2013. This could not be met."
    assert writer.write(asking(fact, ALL)) == writer.write(fact)


def test_every_unmet_wish_is_mentioned_under_way_but_those_about_the_start(writer: Writer) -> None:
    """When and where the trip began is past."""
    fact = asking(kept(BY_DETROIT, after=BY_DETROIT, decided_at=DURING), ALL, *ALL.asked)
    assert part(writer.write(fact).body).count("could not be met") == len(ALL.asked) - 2


def test_a_letter_about_many_wishes_can_be_sent(writer: Writer) -> None:
    """An e-mail's line has a limit, whatever a remark lists."""
    airports = tuple(f"{a}{b}Z" for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    wishes = Wishes(airports=airports, needs=get_args(Need) * 9)
    for language in LANGUAGES:
        assert email(writer.write(asking(changed(language=language), wishes, "airports")), sender=SENDER)


def test_a_name_that_is_no_wish_of_the_party_is_left_out() -> None:
    """Only a wish can be unmet."""
    fact = replace(changed(after=(FROM_NEWARK,)), wishes=Wishes(nonstop=True), unmet=("cabin",))
    assert request_of(fact, under_way=False, diverted=False) == Request(
        wishes=Wishes(nonstop=True),
        mentioned=("nonstop",),
        unmet=(),
        trip=(FROM_NEWARK,),
        is_closest=False,
        is_certain=True,
    )

"""What files of re-accommodation rules mean, in the set that is published."""

from datetime import date, timedelta
from pathlib import Path

from msgspec import structs

from contracts.party_rules import PartyRules
from contracts.rules import CarrierRules, Consent, Rules, ServiceRules, StationTimes
from policy.reaccommodation import adopted, read_files

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "policy/reaccommodation/examples/harbour_air.toml"
EVERYBODY = """\
[reaccommodation]
name = "x"
source = "a handbook"
[times]
lead = "50 min"
[cities]
NYC = ["JFK", "LGA"]
LON = ["LHR", "LGW"]
[[connections]]
from = "domestic"
to = "domestic"
least = "40 min"
"""


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def test_a_carriers_file_is_its_part_of_the_set() -> None:
    """Groups of partners are resolved, and a tier that is not named has what the lower one has."""
    rules = adopted(Rules(), read_files([EXAMPLE]))
    assert rules.carriers == {
        "HB": CarrierRules(
            lead=minutes(60),
            earlier=timedelta(hours=4),
            later=timedelta(days=3),
            max_connections=1,
            longest_connection=timedelta(hours=8),
            co_terminal_least=timedelta(hours=4),
            cities={"NYC": ("JFK", "LGA")},
            cabins={"economy": ("economy", "premium"), "premium": ("premium", "business", "economy")},
            onto={
                "none": ("HB", "HX"),
                "silver": ("HB", "HX"),
                "gold": ("HB", "HX", "NW", "SO"),
                "platinum": None,
            },
            stations={"JFK": StationTimes(check_in=minutes(60), gate=minutes(20))},
            services={"WCHR": ServiceRules(connection=minutes(20), most=4)},
            consent=(
                Consent(by="desk", ssrs=("UMNR",), within=timedelta(hours=4), default="leave"),
                Consent(by="system", after=("amended",), within=minutes(30)),
                Consent(by=None, after=("diverted", "misconnected")),
                Consent(
                    by="party",
                    marks=("night", "country"),
                    tiers=("gold", "platinum"),
                    within=timedelta(hours=6),
                    default="leave",
                ),
                Consent(by="party", delay=timedelta(hours=3), within=timedelta(hours=2), default="take"),
            ),
        )
    }
    assert (rules.lead, rules.cities, rules.onto) == (Rules().lead, Rules().cities, {})


def test_its_minimum_connections_are_rows_of_its_own() -> None:
    """The source of a row is the file's, unless it has one."""
    rows = adopted(Rules(), read_files([EXAMPLE])).connections[:2]
    assert [(row.carrier, row.station, row.least, row.arriving_terminal, row.source) for row in rows] == [
        ("HB", "JFK", timedelta(hours=2), None, "the station's handbook"),
        ("HB", "JFK", minutes(75), "4", "an example, for no carrier in particular"),
    ]


def test_a_file_for_everybody_comes_over_the_settings(tmp_path: Path) -> None:
    """What it does not name stays as it is; a row outweighs the built-in one for the same."""
    file = tmp_path / "everybody.toml"
    file.write_text(EVERYBODY)
    rules = adopted(Rules(earlier=minutes(5)), read_files([file]))
    assert (rules.lead, rules.earlier, rules.carriers) == (minutes(50), minutes(5), {})
    assert rules.cities == {"JFK": "NYC", "LGA": "NYC", "LHR": "LON", "LGW": "LON"}
    least = rules.minimum_at("ORD", arriving="domestic", departing="domestic", on=date(2026, 1, 1))
    assert least == minutes(40)


def test_without_a_word_on_consent_it_is_as_for_everybody(tmp_path: Path) -> None:
    """A carrier's tables take the place of everybody's, all of them: one that asks no one is a table, too."""
    asking = '[[consent]]\nby = "desk"\n'
    texts = {
        "everybody": f"{EVERYBODY}{asking}",
        "silent": '[reaccommodation]\nname = "x"\nsource = "x"\ncarriers = ["AA"]\n',
        "outright": '[reaccommodation]\nname = "x"\nsource = "x"\ncarriers = ["BB"]\n[[consent]]\nby = "none"\n',
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text)
    rules = PartyRules(**structs.asdict(adopted(Rules(), read_files(sorted(tmp_path.glob("*.toml"))))))
    by_seller = {carrier: [rule.by for rule in rules.sold_by(carrier).consent] for carrier in ("AA", "BB", "CC")}
    assert by_seller == {"AA": ["desk"], "BB": [None], "CC": ["desk"]}

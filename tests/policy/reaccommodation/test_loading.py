"""Files of re-accommodation rules: what is wrong with them, each fault with its line."""

from pathlib import Path

import pytest

from policy.files import BadFile
from policy.reaccommodation import read_file, read_files, read_folder

FILE = """\
[reaccommodation]
name = "x"
source = "x"
carriers = ["HB"]
[times]
lead = "60 min"
max_connections = 1
longest_connection = "8 h"
[partners]
regional = ["HX"]
[onto]
none = ["own", "regional"]
[cities]
NYC = ["JFK", "LGA"]
[cabins]
economy = ["economy"]
[stations.JFK]
gate_closes = "20 min"
[[connections]]
station = "JFK"
from = "domestic"
to = "domestic"
least = "75 min"
from_terminal = "4"
[services.WCHR]
most = 4
[[consent]]
by = "desk"
ssrs = ["UMNR"]
[[consent]]
by = "none"
after = ["retimed"]
[[consent]]
by = "party"
within = "2 h"
marks = ["night", "country"]
tiers = ["gold"]
delay = "3 h"
"""
FAULTS = [
    ('"60 min"', '"60 minutes"', "line 6, times.lead: wanted a duration such as '3 h', '90 min' or '14 d'"),
    ("lead =", "leed =", "line 6, times.leed: no such key; did you mean lead?"),
    ("max_connections = 1", "max_connections = 3", "line 7, times.max_connections: wanted a whole number from 0 to 2"),
    ('"8 h"', '"25 h"', "line 8, times.longest_connection: wanted 24 h at most: a longer stay ends a journey"),
    ("regional = ", "any = ", "line 10, partners.any: any has a meaning of its own: give the group another name"),
    ('["HX"]', '["HX", "HX"]', "line 10, partners.regional: HX is named 2 times"),
    ('none = ["own", "regional"]', 'none = ["own"]', "line 10, partners.regional: no tier under [onto] has this group"),
    ("none =", "gold =", "line 11, onto: none is missing: what those without a tier may be moved onto"),
    ("none =", 'brass = ["own"]\nnone =', "line 12, onto.brass: no such tier; there are none, silver, gold, platinum"),
    (
        '"own", "reg',
        '"friends", "reg',
        "line 12, onto.none[0]: no such group of partners; there are own, any, regional",
    ),
    ("NYC =", "york =", "line 14, cities.york: wanted a city's code, such as NYC"),
    ('"LGA"', '"JFK"', "line 13, cities: JFK is named 2 times"),
    ("economy =", "coach =", "line 16, cabins.coach: no such cabin; there are first, business, premium, economy"),
    ('["economy"]', "[]", "line 16, cabins.economy: wanted a cabin at least"),
    ("stations.JFK", "stations.jfk", "line 17, stations.jfk: wanted an airport's code, such as JFK"),
    ('gate_closes = "20 min"', "", "line 17, stations.JFK: wanted check_in_closes, gate_closes or both"),
    ('station = "JFK"', "", "line 19, connections[0]: station is missing: whose terminal it is"),
    (
        "[services.WCHR]",
        '[[connections]]\nstation = "JFK"\nfrom = "domestic"\nto = "domestic"\nleast = "1 h"\n'
        'from_terminal = "4"\n[services.WCHR]',
        "line 25, connections[1]: it is for the same as connections[0], from the same day on",
    ),
    (
        'from_terminal = "4"',
        "effective_from = 2026-02-01\neffective_to = 2026-01-01",
        "line 25, connections[0].effective_to: ends before it begins",
    ),
    (
        "services.WCHR",
        "services.wchr",
        "line 25, services.wchr: wanted the code of a special service (SSR): four capital",
    ),
    ("most = 4", "", "line 25, services.WCHR: wanted connection, most or both"),
    ('by = "desk"', 'by = "crew"', "line 28, consent[0].by: 'crew' is none of those allowed"),
    ('by = "desk"', "", "line 27, consent[0]: by is missing"),
    ('"UMNR"', '"umnr"', "line 29, consent[0].ssrs[0]: wanted the code of a special service (SSR): four capital"),
    ('"UMNR"', '"UMNR", "UMNR"', "line 29, consent[0].ssrs: UMNR is named 2 times"),
    ('["UMNR"]', "[]", "line 30, consent[1]: it never decides: consent[0] comes first and holds whenever it does"),
    (
        'by = "none"',
        'by = "none"\nwithin = "1 h"',
        "line 32, consent[1].within: no one is asked, so no answer is waited",
    ),
    ('by = "none"', 'by = "none"\ndefault = "take"', "line 32, consent[1].default: no one is asked, so no answer is"),
    ('"retimed"', '"late"', "line 32, consent[1].after[0]: 'late' is none of those allowed"),
    ('"retimed"', '"lapsed"', "line 32, consent[1].after[0]: no party is moved because of lapsed"),
    ('"2 h"', '"14 min"', "line 35, consent[2].within: wanted 15 min at least: no one is asked who has less time for"),
    ('"2 h"', '"2 hours"', "line 35, consent[2].within: wanted a duration such as '3 h', '90 min' or '14 d'"),
    ('"country"', '"declined"', "line 36, consent[2].marks[1]: no trip that a party is moved to has the mark declined"),
    ('"gold"', '"brass"', "line 37, consent[2].tiers[0]: no such tier; there are none, silver, gold, platinum"),
    (
        'delay = "3 h"',
        'delay = "3 h"\n[[consent]]\nby = "party"\nmarks = ["night"]\ntiers = ["gold"]\ndelay = "4 h"',
        "line 39, consent[3]: it never decides: consent[2] comes first and holds whenever it does",
    ),
    ("most = 4", "most = -1", "line 26, services.WCHR.most: wanted a whole number from 0 on"),
    ("services.WCHR", "services.LANG", "line 26, services.LANG.most: flights do not count LANG"),
]


def written(folder: Path, text: str, name: str = "rules.toml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_a_file_without_faults_is_read(tmp_path: Path) -> None:
    """Each fault below is one change to it."""
    assert read_file(written(tmp_path, FILE)).value.reaccommodation.carriers == ("HB",)


@pytest.mark.parametrize(("text", "instead", "fault"), [pytest.param(*each, id=each[2][:60]) for each in FAULTS])
def test_a_fault_names_line_and_key(tmp_path: Path, text: str, instead: str, fault: str) -> None:
    """And what was wanted."""
    assert FILE.count(text) == 1
    file = written(tmp_path, FILE.replace(text, instead))
    with pytest.raises(BadFile) as bad:
        read_file(file)
    assert str(bad.value.faults[0]).startswith(f"{file}, {fault}")


@pytest.mark.parametrize(
    "conditions",
    [
        'marks = ["night", "airport"]\ntiers = ["gold"]\ndelay = "3 h"',
        'marks = ["night"]\ntiers = ["gold"]\ndelay = "2 h"',
    ],
    ids=["more marks", "a shorter delay"],
)
def test_a_rule_that_an_earlier_one_does_not_cover_is_none_in_vain(tmp_path: Path, conditions: str) -> None:
    """It decides where the earlier one does not hold."""
    file = written(tmp_path, f'{FILE}[[consent]]\nby = "party"\n{conditions}\n')
    assert len(read_file(file).value.consent) == 4


def test_no_two_files_are_for_the_same_parties(tmp_path: Path) -> None:
    """For one carrier, or for everybody."""
    everybody = '[reaccommodation]\nname = "x"\nsource = "x"\n'
    files = [
        written(tmp_path, text, f"{name}.toml")
        for name, text in (("a", FILE), ("b", FILE), ("c", everybody), ("d", everybody))
    ]
    with pytest.raises(BadFile) as bad:
        read_files(files)
    assert [str(fault) for fault in bad.value.faults] == [
        f"{files[1]}, line 4, reaccommodation.carriers: {files[0]} has the rules of HB already",
        f"{files[3]}, line 1, reaccommodation.carriers: {files[2]} has the rules for everybody already",
    ]
    assert len(read_files([files[0], files[2]])) == 2


def test_files_for_the_same_parties_start_at_different_times(tmp_path: Path) -> None:
    later = FILE.replace('carriers = ["HB"]', 'carriers = ["HB"]\nstarts = 2026-03-01T00:00:00Z')
    files = [written(tmp_path, text, f"{name}.toml") for name, text in (("a", FILE), ("b", later), ("c", later))]
    assert len(read_files(files[:2])) == 2
    with pytest.raises(BadFile, match=r"a?b\.toml has the rules of HB from 2026-03-01T00:00:00\+00:00 on already"):
        read_files(files)


def test_a_start_has_its_time_zone(tmp_path: Path) -> None:
    local = FILE.replace('carriers = ["HB"]', 'carriers = ["HB"]\nstarts = 2026-03-01T00:00:00')
    with pytest.raises(BadFile, match=r"line 5, reaccommodation\.starts"):
        read_file(written(tmp_path, local))


def test_a_folder_has_the_files_that_are_toml(tmp_path: Path) -> None:
    """Others may lie beside them."""
    written(tmp_path, FILE)
    written(tmp_path, "nothing", "notes.txt")
    assert [file.reaccommodation.name for file in read_folder(tmp_path)] == ["x"]

"""Which files hold at an instant, and when others will."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.rules import Rules
from policy.reaccommodation import RuleFiles, read_files

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = datetime(2026, 4, 1, tzinfo=UTC)
SOON = timedelta(hours=1)


def files(folder: Path) -> RuleFiles:
    """Of AA and BB from ever, of AA from March on, of everybody from April on; each with another lead."""
    texts = (
        'carriers = ["AA", "BB"]\n[times]\nlead = "10 min"\n[onto]\nnone = ["own"]',
        f'carriers = ["AA"]\nstarts = {FIRST.isoformat()}\n[times]\nlead = "20 min"',
        f'starts = {SECOND.isoformat()}\n[times]\nlead = "30 min"',
    )
    paths = [folder / f"{at}.toml" for at in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(f'[reaccommodation]\nname = "x"\nsource = "x"\n{text}\n')
    return RuleFiles(Rules(lead=timedelta(minutes=5)), read_files(paths))


def leads(rules: Rules) -> dict[str, int]:
    found = {"": rules.lead} | {carrier: own.lead for carrier, own in rules.carriers.items() if own.lead is not None}
    return {carrier: lead // timedelta(minutes=1) for carrier, lead in found.items()}


def test_of_a_carriers_files_the_one_that_started_last_holds(tmp_path: Path) -> None:
    """From its instant on, and for no other carrier of the one before."""
    read = files(tmp_path)
    assert leads(read.at(FIRST - SOON)) == {"": 5, "AA": 10, "BB": 10}
    assert leads(read.at(FIRST)) == {"": 5, "AA": 20, "BB": 10}
    assert leads(read.at(SECOND + SOON)) == {"": 30, "AA": 20, "BB": 10}


def test_a_carrier_whose_file_has_ended_is_still_a_partner_of_it(tmp_path: Path) -> None:
    """BB's parties may go onto AA's flights, as the file of both says."""
    assert files(tmp_path).at(FIRST).carriers["BB"].onto == dict.fromkeys(
        ("none", "silver", "gold", "platinum"), ("AA", "BB")
    )


def test_the_next_start_is_the_first_to_come(tmp_path: Path) -> None:
    read = files(tmp_path)
    starts = [read.next_start(at) for at in (FIRST - SOON, FIRST, SECOND)]
    assert starts == [FIRST, SECOND, None]

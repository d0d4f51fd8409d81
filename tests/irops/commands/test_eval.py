"""`irops eval` as an operator runs it."""

import json
from pathlib import Path

import pytest

from irops.commands.eval import exit_status
from irops.evaluation.figures import figures
from irops.evaluation.reading import read_cases
from irops.evaluation.worlds import worlds
from tests.irops.command_line import irops
from tests.irops.evaluation.evaluation_worlds import text, written
from tests.irops.evaluation.perfect import perfect
from tests.irops.evaluation.test_figures import RIGHT
from tests.llm.replies import NOTHING, Reply, Request, Says, Status, says
from tests.llm.scripted import Scripted


def folder_of(tmp_path: Path, *, second_to: str = "DEN") -> Path:
    """Two cases; they need two worlds if both go to MCO."""
    folder = tmp_path / "cases"
    folder.mkdir()
    (folder / "case-1.json").write_bytes(text(written()))
    (folder / "case-11.json").write_bytes(text(written(number=11, to=second_to)))
    return folder


@pytest.mark.slow
async def test_the_rules_and_the_model_are_shown_beside_each_other(tmp_path: Path) -> None:
    """The file has all results; parties the model got wrong are listed."""
    folder, to = folder_of(tmp_path), tmp_path / "out" / "all.json"
    script = perfect(read_cases(folder))

    def strays(request: Request) -> Reply:
        """Answers about the second case with an unknown field."""
        return says({"seat": "12A"}) if "on B6 11;" in request.prompt.user else script(request)

    async with Scripted(strays) as server:
        ended = await irops(
            "eval", "--cases", str(folder), "--trials", "1", "--json", str(to),
            IROPS_LLM_BASE_URL=server.url, IROPS_LLM_MODEL="scripted-1",
        )  # fmt: skip
    assert (ended.status, ended.err) == (0, "")
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in ended.out.splitlines() if "│" in line]
    rows = {name: (rules, model) for name, rules, model in cells}
    assert rows["wishes understood exactly"] == ("0/2 (0.0%)", "1/2 (50.0%)")
    assert rows["arrive_by: found, invented"] == ("0/2, 0", "1/2, 0")
    assert rows["acceptable trip chosen"] == ("2/2 (100.0%)", "2/2 (100.0%)")
    assert rows["fallbacks"] == ("none", "invalid 1")
    assert rows["pass^1"] == ("0.0%", "50.0%")
    assert "case-11 ANA: right 0/1; arrive_by null, wanted 2013-02-09T01:00:00Z; fell back: invalid" in ended.out
    written_out = json.loads(to.read_bytes())
    assert set(written_out["arms"]) == {"rules only", "scripted-1"}
    assert written_out["arms"]["scripted-1"]["figures"]["pass_k"] == [0.5]
    (trial,) = written_out["arms"]["scripted-1"]["trials"]
    assert [(answer["case"], answer["pnr"]) for answer in trial] == [("case-1", "ANA"), ("case-11", "ANA")]
    assert trial[0]["judgements"][0]["model"] == "scripted-1"


@pytest.mark.slow
async def test_illegal_answers_are_counted_apart_from_other_fallbacks(tmp_path: Path) -> None:
    """An option outside the list and a far-away airport are illegal; half an answer is only a fallback."""
    for number, to in ((1, "MCO"), (11, "DEN"), (21, "SEA")):
        file = written(number=number, to=to)
        near, far = file["flights"][1:]
        near |= {"departs": "2013-02-08 15:00", "arrives": "2013-02-08 18:00"}
        far |= {
            "departs": "2013-02-08 13:00",
            "arrives": "2013-02-08 16:00",
            "flight": f"B6.{number + 2}.LGA.2013-02-08",
        }
        (tmp_path / f"case-{number}.json").write_bytes(text(file))
    script = perfect(read_cases(tmp_path))

    def strays(request: Request) -> Reply:
        user = request.prompt.user
        if "on B6 1;" in user and request.schema_name == "Choice":
            return says({"option": "H", "because": []})
        if "on B6 11;" in user:
            return says(NOTHING | {"airports": ["LAX"]})
        return Says('{"arrive_by": ') if "on B6 21;" in user else script(request)

    async with Scripted(strays) as server:
        ended = await irops(
            "eval", "--cases", str(tmp_path), "--trials", "1",
            IROPS_LLM_BASE_URL=server.url, IROPS_LLM_MODEL="scripted-1",
        )  # fmt: skip
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in ended.out.splitlines() if "│" in line]
    rows = {name: (rules, model) for name, rules, model in cells}
    assert rows["illegal answers caught"] == ("0", "2")
    assert rows["fallbacks"] == ("none", "invalid 1, unchecked 2")


@pytest.mark.slow
async def test_a_model_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path) -> None:
    """Below the table: the figures alone would only show fallbacks."""
    async with Scripted(lambda _: Status(401)) as server:
        ended = await irops(
            "eval", "--cases", str(folder_of(tmp_path)), "--trials", "1",
            IROPS_LLM_BASE_URL=server.url, IROPS_LLM_MODEL="scripted-1",
        )  # fmt: skip
    assert ended.status == 0
    assert "scripted-1: not asked for a while: HTTP 401: the key is not accepted (IROPS_LLM_API_KEY)" in ended.out


async def test_without_a_model_it_says_so_and_shows_the_rules(tmp_path: Path) -> None:
    """For all cases, in however many worlds they are played."""
    folder = folder_of(tmp_path, second_to="MCO")
    assert len(worlds(read_cases(folder))) == 2
    ended = await irops("eval", "--cases", str(folder))
    assert (ended.status, ended.err) == (0, "")
    assert "no model is configured (IROPS_LLM_BASE_URL): these are the rules alone" in ended.out
    assert "2/2 (100.0%)" in ended.out


async def test_bad_files_are_reported_and_nothing_is_played(tmp_path: Path) -> None:
    """A line each, exit status 2."""
    folder = folder_of(tmp_path)
    (folder / "bad.json").write_bytes(b"{}")
    (folder / "worse.json").write_bytes(b"\n!")
    ended = await irops("eval", "--cases", str(folder))
    assert (ended.status, ended.out) == (2, "")
    first, last = ended.err.splitlines()
    assert first.startswith(f"irops: {folder}/bad.json: why is missing: wanted text that is not empty; ")
    assert last.startswith(f"irops: {folder}/worse.json:2: not JSON")


async def test_a_folder_without_cases_is_an_error(tmp_path: Path) -> None:
    """Exit status 2, with a pointer to the format."""
    ended = await irops("eval", "--cases", str(tmp_path))
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "docs/evaluation.md" in ended.err


async def test_an_impossible_booking_is_reported_in_the_bookers_words(tmp_path: Path) -> None:
    """With the case's name and exit status 2."""
    file = written()
    file["bookings"][0]["party"]["passengers"] = 9
    (tmp_path / "crowd.json").write_bytes(text(file))
    ended = await irops("eval", "--cases", str(tmp_path))
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == (
        "irops: crowd: the booker refuses ANA: no seats on B6.1.JFK.2013-02-08 in economy: 9 wanted, 4 free\n"
    )


def test_the_exit_status_is_1_when_anything_illegal_got_through() -> None:
    """In any arm, however right the answers are."""
    sound, illegal = figures([[RIGHT]]), figures([[RIGHT]], ["a: ANA is on B6.1.JFK.2013-02-08, which is cancelled"])
    assert exit_status([sound, sound]) == 0
    assert exit_status([sound, illegal]) == 1

"""Which fare file is a carrier's."""

from pathlib import Path

import pytest

from policy.fares import BadFile, load_fare_rules


def write(folder: Path, name: str, *carriers: str, first: str = "") -> None:
    head = f'[policy]\nname = "{name}"\nsource = "x"\ncarriers = {list(carriers)}\n'
    (folder / f"{name}.toml").write_text(head + (f'first = ["{first}"]\n' if first else ""))


def test_a_file_is_for_its_carriers(tmp_path: Path) -> None:
    """A carrier without one has none."""
    write(tmp_path, "one", "B6", "DL")
    write(tmp_path, "two", "UA")
    rules = load_fare_rules(tmp_path)
    names = [found.name if (found := rules.of(carrier)) else None for carrier in ("B6", "DL", "UA", "VX")]
    assert names == ["one", "one", "two", None]


def test_a_file_without_carriers_is_for_all_others(tmp_path: Path) -> None:
    """And for none that another file names."""
    write(tmp_path, "one", "B6")
    write(tmp_path, "rest")
    rules = load_fare_rules(tmp_path)
    names = [found.name for carrier in ("B6", "VX") if (found := rules.of(carrier))]
    assert names == ["one", "rest"]


def test_a_file_that_comes_first_in_another_is_none_by_itself(tmp_path: Path) -> None:
    """It is law for those that name it."""
    write(tmp_path, "law")
    write(tmp_path, "one", "B6", first="law.toml")
    assert load_fare_rules(tmp_path).of("VX") is None


@pytest.mark.parametrize(
    ("carriers", "fault"),
    [
        (["B6"], "two.toml, line 4, policy.carriers: one.toml is for B6 too"),
        ([], "two.toml, line 4, policy.carriers: one.toml is for all carriers that no file names too"),
    ],
)
def test_two_files_for_one_carrier_are_a_fault(carriers: list[str], fault: str, tmp_path: Path) -> None:
    """Named by file and line."""
    write(tmp_path, "one", *carriers)
    write(tmp_path, "two", *carriers)
    with pytest.raises(BadFile) as bad:
        load_fare_rules(tmp_path)
    assert str(bad.value) == fault


def test_other_rules_have_another_digest(tmp_path: Path) -> None:
    """Also where a file that comes first has changed, from another folder."""
    law = tmp_path / "law"
    law.mkdir()
    write(law, "law")
    folder = tmp_path / "fares"
    folder.mkdir()
    write(folder, "one", "B6", first="../law/law.toml")
    before = load_fare_rules(folder).digest
    assert load_fare_rules(folder).digest == before
    (law / "law.toml").write_text((law / "law.toml").read_text() + "# more\n")
    assert load_fare_rules(folder).digest != before

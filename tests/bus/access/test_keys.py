"""Seeds and public keys in a folder."""

from pathlib import Path

import pytest

from bus.access.keys import key_in, make_key


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(ValueError, match=r"IROPS_KEYS is '.*': wanted a folder with echo\.nk \(No such file"):
        key_in(tmp_path, "echo")


@pytest.mark.parametrize("text", ["", "SU", "SUAKEY", "not a seed", "ü" * 58])
def test_a_file_without_a_seed_is_named_and_not_quoted(tmp_path: Path, text: str) -> None:
    """It may be part of a seed."""
    (tmp_path / "echo.nk").write_text(text)
    with pytest.raises(ValueError, match=r"its echo\.nk is no user's seed$"):
        key_in(tmp_path, "echo")


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """An existing seed stays: servers know its public key. Only its owner may open the folder."""
    folder = tmp_path / "keys"
    public, new = make_key(folder, "echo")
    assert (new, public[0], folder.stat().st_mode & 0o777) == (True, "U", 0o700)
    assert make_key(folder, "echo") == (public, False)

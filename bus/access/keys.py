"""A user's nkey. Its seed is in a file, `<folder>/<name>.nk`, which only that user gets. The server knows the public key. A
client proves that it has the seed by signing a nonce, so the seed is never sent.

`nkeys` is imported where it is used: a demo or a test without keys does not pay for the import.
"""

import os
from pathlib import Path


def key_in(folder: Path | None, name: str) -> str | None:
    """The seed of the user `name`; None without a folder. Raises `ValueError`, which quotes nothing of the file, if the file is
    missing or holds no seed."""
    if folder is None:
        return None
    try:
        seed = _file(folder, name).read_text().strip()
        _public(seed)
    except OSError as failure:
        raise ValueError(
            f"IROPS_KEYS is {str(folder)!r}: wanted a folder with {name}.nk ({failure.strerror})"
        ) from None
    except ValueError:
        raise ValueError(f"IROPS_KEYS is {str(folder)!r}: its {name}.nk is no user's seed") from None
    return seed


def seed_in(file: Path) -> str:
    """The seed of a user in a file. Raises `ValueError`, which quotes nothing of it."""
    try:
        seed = file.read_text().strip()
        _public(seed)
    except (OSError, ValueError):
        raise ValueError(f"{file} is no file with a user's nkey seed") from None
    return seed


def make_key(folder: Path, name: str) -> tuple[str, bool]:
    """The public key of the user `name`, and whether it was made now; an existing seed is kept.

    Only its owner may open the folder. A seed in it is readable for others, so that it can be mounted into a container that
    runs as another user. Raises `ValueError`, `OSError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = not _file(folder, name).exists()
    if new:
        _file(folder, name).write_bytes(_seed() + b"\n")
    seed = key_in(folder, name)
    assert seed is not None
    return _public(seed), new


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.nk"


def _seed() -> bytes:
    import nkeys  # noqa: PLC0415

    return bytes(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))


def _public(seed: str) -> str:
    import nkeys  # noqa: PLC0415

    try:
        if nkeys.decode_seed(seed.encode())[0] != nkeys.PREFIX_BYTE_USER:
            raise ValueError
        return str(nkeys.from_seed(bytearray(seed.encode())).public_key.decode())
    except (nkeys.NkeysError, ValueError, IndexError) as failure:
        raise ValueError("not a user's seed") from failure

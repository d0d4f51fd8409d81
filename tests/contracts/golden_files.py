"""The golden bytes: `golden/<Message>.json` is a message's example today, `golden/<Message>.<n>.json` an earlier form.

They are never edited. When a message gains an optional field, give it a value in `examples.py` and run

    python -m tests.contracts.golden_files

which writes the new bytes and keeps the old ones under the next number: they have to decode for ever.
"""

from pathlib import Path

import msgspec

from tests.contracts.examples import EXAMPLES

FOLDER = Path(__file__).with_name("golden")
encode = msgspec.json.encode


def write() -> None:
    """Bring the golden bytes up to date and keep all earlier ones."""
    for example in EXAMPLES:
        name = type(example).__name__
        file = FOLDER / f"{name}.json"
        if file.exists() and file.read_bytes() != encode(example):
            file.rename(FOLDER / f"{name}.{1 + len(list(FOLDER.glob(f'{name}.*.json')))}.json")
        file.write_bytes(encode(example))


if __name__ == "__main__":
    write()

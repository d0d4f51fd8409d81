"""The golden bytes: `golden/<Message>.json` is what a message's example is today, `golden/<Message>.<n>.json` what it once was.

They are never edited. When a message gains an optional field, give it a value in `examples.py` and run

    python -m tests.contracts.golden_files

which keeps the old bytes under the next number, so that they have to decode for ever, and writes the new ones.
"""

from pathlib import Path

import msgspec

from tests.contracts.examples import EXAMPLES

FOLDER = Path(__file__).with_name("golden")
encode = msgspec.json.encode


def write() -> None:
    """Brings the golden bytes up to date, losing none."""
    for example in EXAMPLES:
        name = type(example).__name__
        file = FOLDER / f"{name}.json"
        if file.exists() and file.read_bytes() != encode(example):
            file.rename(FOLDER / f"{name}.{1 + len(list(FOLDER.glob(f'{name}.*.json')))}.json")
        file.write_bytes(encode(example))


if __name__ == "__main__":
    write()

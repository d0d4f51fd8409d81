"""`python -m benchmarks [NAME ...]`: runs these benchmarks, by default all, one after the other."""

import subprocess
import sys

NAMES = ("hop", "rebookings", "latency", "judgement", "loading", "search", "fares", "quotes")

if __name__ == "__main__":
    wanted = sys.argv[1:] or NAMES
    if unknown := set(wanted) - set(NAMES):
        sys.exit(f"there is no benchmark {sorted(unknown)[0]!r}; there are {', '.join(NAMES)}")
    for name in wanted:
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)

"""A recorded day, replayed: prepared, run, judged, reported."""

"""The panel a person watches while a system runs.

Messages are followed with one consumer per stream and counted in a `Tally`; the agents' own figures come from their STATS.
A `Figures` is everything one frame shows: rendering is a pure function of it, and it can be stored in the picture it makes.
"""

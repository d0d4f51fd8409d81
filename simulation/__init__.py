"""A day that was: the record's readers, the announcement model, synthetic parties, and what came of it all.

Everything here that draws is given its seed, and everything that needs an instant is given it. README.md says which parts
of a replayed day are real and which are synthetic.
"""

"""A recorded day: readers of the record, a model of its announcements, synthetic parties, and their delays in hindsight.

Seeds and instants are arguments everywhere. README.md says which parts of a replayed day are real and which are synthetic.
"""

"""`irops eval`: how well a model reads remarks and chooses trips, measured on cases with known answers.

`written` the format of a case file · `reading` files, `errors` in them, `zones` for their local times · `case` the result ·
`worlds` groups cases that can be played together · `playing` one such world with the real system · `judging` each party's
outcome · `figures` over all of them · `showing` the figures in a table. docs/evaluation.md explains the format and the
figures.
"""

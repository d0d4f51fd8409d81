"""`irops eval`: how well remarks are read and trips are chosen, measured on cases whose right answers people have written down.

`written` what a case file says · `reading` it, `complaints` about it, `zones` whose clocks its times are by · `case` what it
comes to · `worlds` which cases can share a world · `playing` a world played by the real system · `judging` what came of each
party · `figures` what that amounts to · `showing` in a table. docs/evaluation.md has the format, and what the figures mean.
"""

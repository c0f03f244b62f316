"""Conflicts of interest: who must not handle which paper, found from plain facts and explained in words.

`rules.find` takes a committee and papers and returns every conflict; `changes` compares two runs and keeps dismissals;
`anomalies` says what looks odd. `names` and `institutions` decide who and what is the same. docs/conflicts.md has the rules.
"""

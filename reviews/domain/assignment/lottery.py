"""Assignments drawn by lot, so that nobody can count on a paper they bid for.

After Jecmen, Zhang, Liu, Shah, Conitzer and Fang, "Mitigating Manipulation in Peer Review via Randomized Reviewer
Assignments" (NeurIPS 2020): the largest expected total when no pair may have a probability above a cap, and a draw that has exactly
these probabilities. Here the first is a flow in fractions of a review; the draw is the dependent rounding of Gandhi,
Khuller, Parthasarathy and Srinivasan (2006): along a cycle of fractions, some rise by what others fall, either way round,
with the probabilities that keep each expectation, until none is left.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from reviews.domain.assignment.core import Core
from reviews.domain.assignment.network import Network
from reviews.domain.assignment.problem import Ints, InvalidProblem

#: A cap is kept as a fraction with at most this denominator, rounded down.
FINEST = 60


def share(max_probability: float) -> Fraction:
    """The cap as a simple fraction, never above it. Raises InvalidProblem outside 1/60 to 1."""
    if not 1 / FINEST <= max_probability <= 1:
        raise InvalidProblem(
            f"The highest probability of a pair is {max_probability:g}; give a number from 1/{FINEST} to 1."
        )
    near = Fraction(max_probability).limit_denominator(FINEST)
    return near if near <= max_probability + 1e-12 else Fraction(int(max_probability * FINEST), FINEST)


def in_shares(core: Core, cap: Fraction) -> Core:
    """The same problem counted in shares of a review, of which one pair may have no more than the cap."""
    whole = cap.denominator
    return replace(
        core,
        need=core.need * whole,
        lo=core.lo * whole,
        hi=core.hi * whole,
        limit=core.limit * whole,
        unit=cap.numerator,
    )


def draw(network: Network, flow: Ints, whole: int, seed: int) -> Ints:
    """Round a flow in shares to whole reviews, each pair with its probability; the keys of the pairs drawn."""
    chance = np.random.default_rng(seed)
    amount = flow.tolist()
    tail, head = network.tail.tolist(), network.head.tolist()
    loose: dict[int, set[int]] = {}
    for arc in np.flatnonzero(flow % whole).tolist():
        loose.setdefault(tail[arc], set()).add(arc)
        loose.setdefault(head[arc], set()).add(arc)
    while loose:
        cycle = _cycle(loose, tail, head)
        # Arcs that run with the walk take what is pushed, the others give it.
        rise = min(_room(amount[arc], whole, up=along) for arc, along in cycle)
        fall = min(_room(amount[arc], whole, up=not along) for arc, along in cycle)
        push = rise if chance.integers(rise + fall) < fall else -fall
        for arc, along in cycle:
            amount[arc] += push if along else -push
            if amount[arc] % whole == 0:
                for node in (tail[arc], head[arc]):
                    loose[node].discard(arc)
                    if not loose[node]:
                        del loose[node]
    taken = np.array(amount[: network.keys.size], dtype=np.int64) >= whole
    drawn: Ints = network.keys[taken]
    return drawn


def _cycle(loose: dict[int, set[int]], tail: list[int], head: list[int]) -> list[tuple[int, bool]]:
    """Arcs of a cycle among those not yet whole, each with whether it runs with the walk.

    There is one: what enters and leaves a node adds up to whole reviews, so no node has a single loose arc.
    """
    node = min(loose)
    seen = {node: 0}
    walk: list[tuple[int, bool]] = []
    last = -1
    while True:
        arc = min(each for each in loose[node] if each != last)
        along = tail[arc] == node
        node = head[arc] if along else tail[arc]
        walk.append((arc, along))
        if node in seen:
            return walk[seen[node] :]
        seen[node] = len(walk)
        last = arc


def _room(amount: int, whole: int, *, up: bool) -> int:
    """How far an amount is from the next whole review."""
    return (-amount if up else amount) % whole

"""Measure the assignment solver against independent ones, on a folder of problems and on random ones.

    python benchmarks/assignment.py [--corpus FOLDER] [--large] [--random 200]

FOLDER holds `.npz` files with S, forbid, k, lo, hi, and text matrices `.in`. Prints, for every instance, the total beside that
of the dual simplex of SciPy's HiGHS on all pairs, times and their ratio; the weakest papers of a fair plan beside those of
the first round of PeerReview4All; and how much of the optimum each gives up. `--large` adds 5,000 × 3,000 (this solver only).
Exit status 1 when a goal is missed: total to 1e-6, smallest paper 99.9 % of its bound, 5th percentile no worse than PeerReview4All's.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scipy import sparse
from scipy.optimize import linprog

from reviews.domain.assignment.core import Core, reduce
from reviews.domain.assignment.explain import Explainer
from reviews.domain.assignment.network import build, whole_flow
from reviews.domain.assignment.problem import Floats, Ints, Problem
from reviews.domain.assignment.solve import solve
from reviews.domain.assignment_files import read_problem


def simplex(problem: Problem) -> float | None:
    """The optimum by HiGHS' dual simplex on every allowed pair."""
    papers, reviewers = problem.shape
    rows, columns = np.nonzero(~problem.forbidden)
    every, ones = np.arange(rows.size), np.ones(rows.size)
    by_paper = sparse.csr_array((ones, (rows, every)), shape=(papers, rows.size))
    by_reviewer = sparse.csr_array((ones, (columns, every)), shape=(reviewers, rows.size))
    answer = linprog(
        -problem.scores[rows, columns].astype(np.float64),
        A_eq=by_paper,
        b_eq=problem.reviews,
        A_ub=sparse.vstack([by_reviewer, -by_reviewer]),
        b_ub=np.concatenate([problem.max_load, -problem.min_load]),
        bounds=(0, 1),
        method="highs-ds",
    )
    return -float(answer.fun) if answer.status == 0 else None


def first_round(core: Core) -> Floats | None:
    """Papers' scores after the first round of PeerReview4All (Stelmakh, Shah and Singh, JMLR 2021).

    For each number of reviewers c: the highest threshold at which every paper can have c reviewers above it (and of these the
    largest sum), then the rest by sum; the c whose weakest paper is best. Minimum loads are no part of it.
    """
    keys = np.flatnonzero(core.allowed).astype(np.int64)
    values = core.values(keys)
    levels = np.unique(values)
    best: Floats | None = None
    for count in range(1, int(core.need.max()) + 1):
        need = np.minimum(core.need, count)
        low, high, chosen = 0, levels.size - 1, None
        while low <= high:
            middle = (low + high) // 2
            some = values >= levels[middle]
            found = _largest_sum(core, keys[some], need, core.hi)
            if found is None:
                high = middle - 1
            else:
                low, chosen = middle + 1, found
        if chosen is None:
            continue
        if (core.need > need).any():
            left = core.hi - np.bincount(chosen % core.shape[1], minlength=core.shape[1])
            more = _largest_sum(core, np.setdiff1d(keys, chosen), core.need - need, left)
            if more is None:
                continue
            chosen = np.concatenate([chosen, more])
        scores = np.bincount(chosen // core.shape[1], weights=core.values(chosen), minlength=core.shape[0])
        if best is None or scores.min() > best.min():
            best = scores
    return best


def _largest_sum(core: Core, keys: Ints, need: Ints, high: Ints) -> Ints | None:
    network = build(replace(core, need=need, hi=high, lo=np.zeros_like(high)), keys)
    flow = whole_flow(network, network.cost)
    return None if flow is None else keys[flow[: keys.size] > 0]


def compare(name: str, problem: Problem) -> bool:
    """One instance: total and time beside the simplex, fairness beside PeerReview4All."""
    solve(replace(problem, seed=1))  # imports and caches are not what is measured
    started = time.perf_counter()
    plan = solve(problem)
    seconds = time.perf_counter() - started
    started = time.perf_counter()
    optimum = simplex(problem)
    other = time.perf_counter() - started
    good = optimum is not None and abs(plan.total - optimum) <= 1e-6 * abs(optimum)
    print(
        f"{name}: total {plan.total:.6f}, simplex {optimum or float('nan'):.6f}; {seconds:.3f} s against {other:.2f} s = 1/{other / seconds:.0f}"
    )
    started = time.perf_counter()
    explainer = Explainer(problem, plan)
    for paper in range(problem.shape[0]):
        explainer.forcing(paper)
    print(f"    every price of a paper: {(time.perf_counter() - started) / problem.shape[0] * 1e3:.2f} ms")
    fair = solve(problem, fair=True)
    price = 1 - fair.total / plan.total
    print(
        f"    fair {fair.seconds:.1f} s: smallest {fair.smallest:.4f} of {fair.smallest_bound:.4f}, p5 {fair.p5:.4f}, "
        f"worst tenth {fair.worst_tenth_mean:.4f}, gives up {price:.2%} (plain: {plan.smallest:.4f}, {plan.p5:.4f}, {plan.worst_tenth_mean:.4f})"
    )
    good &= fair.smallest >= 0.999 * fair.smallest_bound
    scores = first_round(reduce(problem))
    if scores is not None:
        p5 = float(np.percentile(scores, 5))
        print(
            f"    PeerReview4All, first round: smallest {scores.min():.4f}, p5 {p5:.4f}, gives up {1 - scores.sum() / plan.total:.2%}"
        )
        # It knows no minimum loads, so where there are some it solves an easier problem.
        good &= fair.p5 >= p5 - 1e-9 or bool(problem.min_load.any())
    return bool(good)


def by_topics(papers: int, reviewers: int, seed: int = 0, least: int = 0) -> Problem:
    """Scores as texts give them: few topics each, and noise."""
    chance = np.random.default_rng(seed)
    scores = chance.dirichlet(np.full(25, 0.15), papers) @ chance.dirichlet(np.full(25, 0.15), reviewers).T
    scores = scores / scores.max() * (0.7 + 0.3 * chance.random(scores.shape)) + 0.05 * chance.random(
        scores.shape
    )
    load = int(np.ceil(papers * 3 / reviewers * 1.2))
    return Problem(scores.astype(np.float32), 3, load, least, chance.random(scores.shape) < 0.02)


def random_problems(count: int) -> bool:
    """Many small problems of every shape, their totals beside the simplex."""
    chance = np.random.default_rng(11)
    worst, filled = 0.0, 0
    for _ in range(count):
        papers, reviewers = int(chance.integers(1, 60)), int(chance.integers(1, 40))
        size = (papers, reviewers)
        scores = [
            chance.random(size),
            chance.choice([0, 0.25, 0.5, 1.0], size),
            np.zeros(size),
            chance.normal(size=size),
            np.where(chance.random(size) < 0.05, chance.random(size), 0),
            np.full(size, 0.7),
        ][int(chance.integers(6))]
        reviews = int(chance.integers(1, min(5, reviewers) + 1))
        share = papers * reviews / reviewers
        most = int(np.ceil(share * chance.choice([1, 1.1, 2])))
        least = min(int(share * chance.choice([0, 0.5, 1])), papers, most)
        problem = Problem(scores, reviews, most, least, chance.random(size) < chance.choice([0, 0.1, 0.4]))
        optimum = simplex(problem) if not problem.forbidden.all() else None
        plan = solve(problem)
        if optimum is not None and plan.filled:
            filled += 1
            worst = max(worst, abs(plan.total - optimum) / max(1.0, abs(optimum)))
        elif (optimum is not None) != plan.filled:
            print(f"    filled by one solver only: {problem.fingerprint()}")
            return False
    print(f"{count} random problems, {filled} of them filled: largest relative difference {worst:.1e}")
    return worst <= 1e-6


def large() -> bool:
    """5,000 × 3,000: seconds and memory of this solver alone."""
    problem = by_topics(5000, 3000)
    plan = solve(problem)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(f"5,000 × 3,000: {plan.seconds:.1f} s, gap {plan.gap:.1e}, {peak:.0f} MB")
    return plan.gap <= 1e-6


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, help="folder of .npz files and text matrices")
    parser.add_argument("--random", type=int, default=200, help="how many small random problems (200)")
    parser.add_argument("--large", action="store_true", help="5,000 × 3,000 as well")
    options = parser.parse_args()
    good = large() if options.large else True
    good &= random_problems(options.random)
    instances = {"topics 300 × 100": by_topics(300, 100), "topics 1,000 × 300": by_topics(1000, 300)}
    instances["topics 300 × 100, at least 8"] = by_topics(300, 100, least=8)
    for path in sorted(options.corpus.iterdir()) if options.corpus else ():
        if path.suffix in (".npz", ".in"):
            with path.open("rb") as file:
                given = read_problem(file)
            reviews = 3 if given.reviews is None else given.reviews
            most = 12 if given.max_load is None else given.max_load
            instances[path.name] = Problem(
                given.scores, reviews, most, 0 if given.min_load is None else given.min_load, given.forbidden
            )
    for name, problem in instances.items():
        good &= compare(name, problem)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

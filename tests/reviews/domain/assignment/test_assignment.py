"""The assignment solver against constraints, brute force and an independent solver, on problems of many shapes."""

import subprocess
import sys
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from reviews.domain.assignment.explain import Explainer, what_if
from reviews.domain.assignment.plan import Plan
from reviews.domain.assignment.problem import InvalidProblem, Problem
from reviews.domain.assignment.solve import solve

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def problems(draw: Any, *, most_papers: int = 14, most_reviewers: int = 9, rules: bool = True) -> Problem:
    """Any problem: ties only, sparse, all zero, negative, equal, tight, with minimum loads, locks and rules."""
    seed = draw(st.integers(0, 2**32 - 1))
    chance = np.random.default_rng(seed)
    papers, reviewers = draw(st.integers(1, most_papers)), draw(st.integers(1, most_reviewers))
    size = (papers, reviewers)
    kind = draw(st.sampled_from(["any", "bids", "zero", "negative", "sparse", "equal", "outliers", "large"]))
    scores = {
        "any": lambda: chance.random(size),
        "bids": lambda: chance.choice([0, 0.25, 0.5, 1.0], size),
        "zero": lambda: np.zeros(size),
        "negative": lambda: chance.normal(size=size),
        "sparse": lambda: chance.random(size) * (chance.random(size) < 0.2),
        "equal": lambda: np.full(size, 0.7),
        "outliers": lambda: np.where(chance.random(size) < 0.1, -1e6, chance.random(size)),
        "large": lambda: 1e6 + chance.random(size),
    }[kind]()
    if draw(st.booleans()):
        scores = scores.astype(np.float32)
    most = draw(st.integers(1, min(3, reviewers)))
    reviews = chance.integers(0, most + 1, papers) if draw(st.booleans()) else np.full(papers, most)
    reviews[0] = max(1, reviews[0])
    share = reviews.sum() / reviewers
    high = max(1, int(np.ceil(share * draw(st.sampled_from([0.7, 1, 1.1, 2])))))
    low = min(int(share * draw(st.sampled_from([0, 0, 0.5, 1]))), papers, high)
    forbidden = chance.random(size) < draw(st.sampled_from([0, 0.1, 0.4]))
    free = np.argwhere(~forbidden)
    locked = free[chance.integers(len(free))][None] if len(free) and draw(st.integers(0, 3)) == 0 else ()
    if len(locked) and reviews[locked[0][0]] == 0:
        locked = ()
    rule = draw(st.sampled_from(["", "institutions", "senior", "coauthors", "both"])) if rules else ""
    houses = [None if one == 0 else f"house {one}" for one in chance.integers(0, 4, reviewers).tolist()]
    senior = chance.random(reviewers) < 0.5
    if len(locked) and reviews[locked[0][0]] == 1:
        senior[locked[0][1]] = True
    return Problem(
        scores=scores,
        reviews=reviews,
        max_load=high,
        min_load=low,
        forbidden=forbidden,
        locked=locked,
        institutions=houses if rule in ("institutions", "both") else None,
        senior=senior if rule in ("senior", "both") else None,
        coauthors=[(0, 1), (1, 2)] if rule == "coauthors" and reviewers > 2 else (),
        seed=seed % 100,
    )


def obeys(problem: Problem, plan: Plan) -> None:
    """Check every constraint, and that what the plan says of itself is so."""
    papers, reviewers = problem.shape
    pairs = [(int(paper), int(who)) for paper, who in plan.pairs]
    assert len(set(pairs)) == len(pairs)
    assert not any(problem.forbidden[pair] for pair in pairs)
    assert {(int(paper), int(who)) for paper, who in problem.locked} <= set(pairs)
    loads = np.bincount([who for _, who in pairs], minlength=reviewers)
    taken = np.bincount([paper for paper, _ in pairs], minlength=papers)
    assert (loads <= problem.max_load).all()
    assert (loads == plan.loads).all()
    assert {item.paper: item.missing for item in plan.unfilled} == {
        paper: int(problem.reviews[paper] - taken[paper])
        for paper in np.flatnonzero(taken != problem.reviews)
    }
    assert {item.reviewer for item in plan.below_minimum} == set(
        np.flatnonzero(loads < problem.min_load).tolist()
    )
    assert plan.total == pytest.approx(sum(float(problem.scores[pair]) for pair in pairs), rel=1e-9, abs=1e-9)
    assert plan.paper_scores.sum() == pytest.approx(plan.total, rel=1e-9, abs=1e-9)
    assert plan.total <= plan.bound
    for paper in range(papers):
        people = [who for one, who in pairs if one == paper]
        if problem.institutions is not None:
            houses = [problem.institutions[who] for who in people if problem.institutions[who]]
            assert len(set(houses)) == len(houses)
        if problem.senior is not None and len(people) == problem.reviews[paper] > 0:
            assert problem.senior[people].any()
        for one, other in problem.coauthors:
            assert not {int(one), int(other)} <= set(people)


def independent_optimum(problem: Problem) -> float | None:
    """The optimum by the dual simplex of HiGHS on all pairs; None when not everything can be filled."""
    papers, reviewers = problem.shape
    rows, columns = np.nonzero(~problem.forbidden)
    if not rows.size:
        return None
    every, ones = np.arange(rows.size), np.ones(rows.size)
    by_paper = sparse.csr_array((ones, (rows, every)), shape=(papers, rows.size))
    by_reviewer = sparse.csr_array((ones, (columns, every)), shape=(reviewers, rows.size))
    bounds = np.zeros((rows.size, 2))
    bounds[:, 1] = 1
    where = {
        (int(row), int(column)): place for place, (row, column) in enumerate(zip(rows, columns, strict=True))
    }
    for paper, who in problem.locked:
        bounds[where[int(paper), int(who)], 0] = 1
    answer = linprog(
        -problem.scores[rows, columns].astype(np.float64),
        A_eq=by_paper,
        b_eq=problem.reviews,
        A_ub=sparse.vstack([by_reviewer, -by_reviewer]),
        b_ub=np.concatenate([problem.max_load, -problem.min_load]),
        bounds=bounds,
        method="highs-ds",
    )
    return -float(answer.fun) if answer.status == 0 else None


@FEW
@given(problems())
def test_every_plan_obeys_every_constraint(problem: Problem) -> None:
    obeys(problem, solve(problem))


@FEW
@given(problems(), st.booleans())
def test_fair_plans_obey_every_constraint_and_fill_as_much(problem: Problem, cheap: bool) -> None:
    plain, fair = solve(problem), solve(problem, fair=True, price_cap=0.0 if cheap else 0.005)
    obeys(problem, fair)
    assert len(fair.pairs) == len(plain.pairs)
    assert fair.smallest >= plain.smallest - 1e-6 * max(1, abs(plain.smallest))
    assert fair.smallest <= fair.smallest_bound + 1e-6 * max(1, abs(fair.smallest_bound))
    assert fair.best_total >= plain.total - 1e-6 * max(1, abs(plain.total))


@FEW
@given(problems(rules=False, most_papers=40, most_reviewers=25))
def test_the_total_is_that_of_an_independent_solver(problem: Problem) -> None:
    plan, optimum = solve(problem), independent_optimum(problem)
    assert plan.filled == (optimum is not None)
    if optimum is not None:
        # The other solver's own tolerance is 1e-7 of the largest score.
        assert plan.total == pytest.approx(
            optimum, rel=1e-6, abs=1e-6 * max(1, float(np.abs(problem.scores).max()))
        )
        assert plan.gap <= 1e-6 or abs(plan.total) < 1e-9


def brute_force(problem: Problem) -> tuple[int, float]:
    """The most pairs, and the largest total with them, by trying everything (no minimum loads, no locks)."""
    papers, reviewers = problem.shape
    rivals = [{int(one), int(other)} for one, other in problem.coauthors]
    choices = []
    for paper in range(papers):
        free = [who for who in range(reviewers) if not problem.forbidden[paper, who]]
        sets = [set(some) for size in range(problem.reviews[paper] + 1) for some in combinations(free, size)]
        if problem.institutions is not None:
            names = problem.institutions
            sets = [some for some in sets if len({names[who] or who for who in some}) == len(some)]
        if problem.senior is not None:
            full = problem.reviews[paper]
            sets = [some for some in sets if len(some) < full or not full or problem.senior[list(some)].any()]
        choices.append([some for some in sets if not any(pair <= some for pair in rivals)])
    best = (0, 0.0)
    for chosen in product(*choices):
        loads = np.bincount([who for some in chosen for who in some], minlength=reviewers)
        if (loads <= problem.max_load).all():
            total = sum(
                float(problem.scores[paper, who]) for paper, some in enumerate(chosen) for who in some
            )
            best = max(best, (sum(map(len, chosen)), total))
    return best


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems(most_papers=4, most_reviewers=4))
def test_small_problems_are_solved_as_by_trying_everything(problem: Problem) -> None:
    free = replace(problem, min_load=0, locked=())
    plan = solve(free)
    count, total = brute_force(free)
    assert len(plan.pairs) == count
    assert plan.total == pytest.approx(total, rel=1e-7, abs=1e-7 * max(1, float(np.abs(free.scores).max())))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems(), st.data())
def test_prices_are_what_solving_again_costs(problem: Problem, data: Any) -> None:
    if len(problem.coauthors) or (problem.senior is not None and problem.institutions is not None):
        return
    plan = solve(problem)
    explainer = Explainer(problem, plan)
    assert explainer.exact
    unit = max(1.0, float(np.abs(problem.scores).max()))
    paper = data.draw(st.integers(0, problem.shape[0] - 1))
    forcing = explainer.forcing(paper)
    for who in np.flatnonzero(np.isfinite(forcing)):
        if problem.reviews[paper] and (paper, int(who)) not in {
            tuple(pair) for pair in problem.locked.tolist()
        }:
            again = what_if(problem, plan, force=[(paper, int(who))])
            assert -again.difference == pytest.approx(forcing[who], abs=1e-6 * unit)
            assert len(again.plan.pairs) == len(plan.pairs)
            break
    for paper, who in plan.pairs[:3].tolist():
        reason = explainer.why(paper, who)
        if not reason.locked:
            again = what_if(problem, plan, forbid=[(paper, who)])
            missing = [sum(one.missing for one in each.below_minimum) for each in (plan, again.plan)]
            same = len(again.plan.pairs) == len(plan.pairs) and missing[0] == missing[1]
            assert same == np.isfinite(reason.price)
            if same:
                assert -again.difference == pytest.approx(reason.price, abs=1e-6 * unit)


SCORES = np.array([[0.9, 0.8, 0.1], [0.9, 0.2, 0.3], [0.5, 0.6, 0.7], [0.4, 0.4, 0.4]])


def test_a_pair_is_explained_with_rank_rules_and_prices() -> None:
    forbidden = np.zeros((4, 3), dtype=bool)
    forbidden[2, 2] = True
    problem = Problem(SCORES, 1, [1, 2, 2], forbidden=forbidden)
    plan = solve(problem)
    assert plan.pairs.tolist()[:3] == [[0, 1], [1, 0], [2, 1]]
    explainer = Explainer(problem, plan)
    reason = explainer.why(0, 1)
    assert (reason.rank, reason.allowed, reason.exact) == (2, 3, True)
    [better] = reason.better
    assert (better.reviewer, better.rule) == (0, "load")
    assert better.price == pytest.approx(0.9 + 0.8 - 0.9 - 0.3)
    [better] = explainer.why(2, 1).better
    assert (better.reviewer, better.rule, better.price) == (2, "conflict", np.inf)


def test_what_if_tells_the_new_total_and_what_changes() -> None:
    problem = Problem(SCORES, 1, 2)
    plan = solve(problem)
    changed = what_if(problem, plan, max_load={0: 1})
    assert changed.difference == pytest.approx(changed.plan.total - plan.total)
    assert changed.plan.loads[0] <= 1
    forced = what_if(problem, plan, force=[(1, 1)], forbid=[(2, 2)])
    assert [1, 1] in forced.added.tolist()
    assert [2, 2] in forced.dropped.tolist()


def test_a_fair_plan_reaches_the_floor_and_stays_within_the_cap() -> None:
    chance = np.random.default_rng(7)
    topics = chance.dirichlet(np.full(6, 0.2), 60) @ chance.dirichlet(np.full(6, 0.2), 25).T
    problem = Problem(topics / topics.max(), 3, 9)
    plain = solve(problem)
    assert plain.smallest < plain.smallest_bound
    fair = solve(problem, fair=True, price_cap=0.02)
    assert fair.smallest >= 0.999 * fair.smallest_bound
    assert fair.worst_tenth_mean > plain.worst_tenth_mean
    assert fair.total >= 0.98 * plain.total or fair.total == pytest.approx(fair.bound, rel=1e-3)


def test_a_floor_that_nobody_can_hold_is_approached_and_the_bound_says_so() -> None:
    # Both papers want the only good reviewer: one of them must do without.
    problem = Problem([[1.0, 0.5], [1.0, 0.5]], 1, 1)
    plan = solve(problem, fair=True)
    assert (plan.smallest, plan.smallest_bound) == (0.5, pytest.approx(0.75, abs=0.26))


def test_drawn_plans_have_the_probabilities_they_promise() -> None:
    scores = np.random.default_rng(1).random((6, 5))
    problem = Problem(scores, 2, 3, min_load=2, institutions=["a", "a", "b", None, None])
    drawn = np.zeros((6, 5))
    runs = 400
    for seed in range(runs):
        plan = solve(replace(problem, seed=seed), max_probability=0.5)
        obeys(replace(problem, seed=seed), plan)
        assert plan.filled
        drawn[plan.pairs[:, 0], plan.pairs[:, 1]] += 1 / runs
    assert plan.lottery is not None
    assert plan.probabilities is not None
    promised = np.zeros((6, 5))
    promised[plan.lottery[:, 0], plan.lottery[:, 1]] = plan.probabilities
    assert promised.max() <= 0.5
    assert promised.sum() == pytest.approx(12)
    assert np.abs(drawn - promised).max() < 0.12
    assert (promised * scores).sum() == pytest.approx(plan.best_total, rel=1e-6)


def test_a_cap_that_leaves_places_open_is_named() -> None:
    plan = solve(Problem(np.ones((2, 3)), 2, 2), max_probability=0.5)
    assert {item.code for item in plan.unfilled} <= {"probability", "loads"}
    assert plan.unfilled


@pytest.mark.parametrize("cap", [0.0, -1.0, 1.5, float("nan")])
def test_a_cap_that_means_nothing_is_refused(cap: float) -> None:
    with pytest.raises(InvalidProblem, match="highest probability"):
        solve(Problem(SCORES, 1, 2), max_probability=cap)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"locked": [(0, 0)], "forbidden": [(0, 0)]}, "locked and forbidden at once"),
        ({"locked": [(0, 0), (0, 1)]}, "has 2 locked reviewers but wants only 1"),
        ({"locked": [(0, 0), (1, 0), (2, 0)]}, "has 3 locked papers, above the maximum load of 2"),
        ({"locked": [(9, 0)]}, r"\(9, 0\), which is outside 4 × 3"),
        ({"reviews": 2, "locked": [(0, 0), (0, 1)], "institutions": ["x", "x", "y"]}, "both belong to x"),
        ({"reviews": 2, "locked": [(0, 0), (0, 1)], "coauthors": [(1, 0)]}, "are co-authors"),
        ({"locked": [(0, 0)], "senior": [False, True, True]}, "none of them is senior"),
        ({"senior": [True]}, "senior are 1, but there are 3"),
        ({"max_load": [1, 2]}, "one for each reviewer"),
        ({"reviews": "three"}, "not a number"),
    ],
)
def test_contradictions_are_refused_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidProblem, match=words):
        Problem(**{"scores": SCORES, "reviews": 1, "max_load": 2, **fields})


def test_a_run_can_be_stopped_between_rounds() -> None:
    class Stopped(Exception):
        pass

    def stop(words: str) -> None:
        raise Stopped(words)

    with pytest.raises(Stopped):
        solve(Problem(SCORES, 1, 2), progress=stop)


def test_the_same_input_has_the_same_hash_and_plan_and_any_change_another() -> None:
    problem = Problem(SCORES, 1, 2)
    again = Problem(SCORES.copy(), [1, 1, 1, 1], [2, 2, 2])
    assert problem.fingerprint() == again.fingerprint()
    assert (solve(problem).pairs == solve(again).pairs).all()
    for change in ({"seed": 1}, {"max_load": 3}, {"forbidden": [(0, 2)]}, {"locked": [(0, 0)]}):
        assert replace(problem, **change).fingerprint() != problem.fingerprint()


def test_no_solver_is_loaded_before_something_is_solved() -> None:
    modules = "solve explain problem lottery fairness constraints program shortages"
    code = (
        f"import sys; [__import__('reviews.domain.assignment.' + name) for name in '{modules}'.split()]; "
        "sys.exit(any(name.split('.')[0] in ('ortools', 'scipy') for name in sys.modules))"
    )
    root = Path(__file__).resolve().parents[4]
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=root).returncode == 0

"""manage.py solveassignment FILE: the best assignment for a file of scores, with its proof."""

from __future__ import annotations

import csv
import json
import resource
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from reviews.domain.assignment.plan import Plan
from reviews.domain.assignment.problem import InvalidProblem, Problem
from reviews.domain.assignment_files import decode, read_institutions, read_problem

USAGE = 2
PARTLY = 3
REVIEWS = 3
#: Larger files are refused before they are read.
MOST_BYTES = 2_000_000_000


class Command(BaseCommand):
    """Exit status: 0 everything filled, 3 partly filled, 2 bad input."""

    help = "Solve an assignment of reviewers to papers exactly: 0 filled, 3 partly filled, 2 bad input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, what overrides it, and how to answer."""
        parser.add_argument(
            "file",
            metavar="FILE",
            type=Path,
            help=".npz (S, forbid, k, lo, hi), a text matrix, or CSV paper,reviewer,score",
        )
        parser.add_argument(
            "--reviews", type=int, metavar="K", help=f"reviews of each paper (the file's, or {REVIEWS})"
        )
        parser.add_argument(
            "--min-load", type=int, metavar="A", help="least papers of each reviewer (the file's, or 0)"
        )
        parser.add_argument(
            "--max-load",
            type=int,
            metavar="B",
            help="most papers of each reviewer (the file's, or the even share rounded up)",
        )
        parser.add_argument(
            "--fair", action="store_true", help="no paper below the floor, then the weakest tenth lifted"
        )
        parser.add_argument(
            "--price-cap",
            type=float,
            default=0.5,
            metavar="PERCENT",
            help="most of the total that the lift may cost (0.5)",
        )
        parser.add_argument(
            "--one-per-institution",
            type=Path,
            metavar="FILE",
            help="CSV reviewer,institution: no two of one institution on a paper",
        )
        parser.add_argument(
            "--seed", type=int, default=0, metavar="N", help="decides between equally good plans (0)"
        )
        parser.add_argument("--json", action="store_true", help="answer as JSON")
        parser.add_argument(
            "--out", type=Path, metavar="PAIRS.csv", help="write the pairs as paper,reviewer,score"
        )

    def handle(self, *_: Any, file: Path, **options: Any) -> None:
        """Read, solve, answer; nothing is written when the input is wrong."""
        if not 0 <= options["price_cap"] <= 100:
            raise CommandError(
                f"--price-cap is {options['price_cap']:g}; give a percentage from 0 to 100.", returncode=USAGE
            )
        try:
            problem = _problem(file, options)
            plan = _solve(problem, fair=options["fair"], price_cap=options["price_cap"] / 100)
        except InvalidProblem as error:
            raise CommandError(f"{file}: {error}", returncode=USAGE) from error
        except (MemoryError, OverflowError) as error:
            raise CommandError(
                f"{file}: the problem is too large for this machine's memory.", returncode=USAGE
            ) from error
        if options["out"] is not None:
            _write(options["out"], problem, plan)
        facts = _facts(problem, plan)
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
        else:
            self._tell(facts)
        if not plan.filled:
            sys.exit(PARTLY)

    def _tell(self, facts: dict[str, Any]) -> None:
        self.stdout.write(facts["certificate"])
        for key, value in facts.items():
            if isinstance(value, float):
                self.stdout.write(f"  {key.replace('_', ' ')}: {value:.10g}")
            elif isinstance(value, int | str) and key != "certificate":
                self.stdout.write(f"  {key.replace('_', ' ')}: {value}")
        for item in (*facts["unfilled"], *facts["below_min_load"]):
            self.stdout.write(f"  {item['reason']}")
        for sentence in facts["relaxations"]:
            self.stdout.write(f"  What would help: {sentence}")


def _solve(problem: Problem, *, fair: bool, price_cap: float) -> Plan:
    from reviews.domain.assignment.solve import solve

    return solve(problem, fair=fair, price_cap=price_cap)


def _problem(path: Path, options: dict[str, Any]) -> Problem:
    """The problem in the file, as the options change it. Raises InvalidProblem, or CommandError for unreadable files."""
    _readable(path)
    try:
        with path.open("rb") as file:
            given = read_problem(file)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=USAGE) from error

    def chosen(option: str, of_file: Any, otherwise: Any) -> Any:
        if options[option] is not None:
            return options[option]
        return otherwise if of_file is None else of_file

    reviews = chosen("reviews", given.reviews, REVIEWS)
    papers, reviewers = given.scores.shape
    names = given.reviewer_names or tuple(str(number) for number in range(reviewers))
    institutions = None
    if (where := options["one_per_institution"]) is not None:
        _readable(where)
        institutions = read_institutions(decode(where.read_bytes()), names)
    return Problem(
        scores=given.scores,
        reviews=reviews,
        max_load=chosen(
            "max_load",
            given.max_load,
            _even_share(reviews, papers, reviewers, chosen("min_load", given.min_load, 0)),
        ),
        min_load=chosen("min_load", given.min_load, 0),
        forbidden=given.forbidden,
        institutions=institutions,
        seed=options["seed"],
        paper_names=given.paper_names,
        reviewer_names=given.reviewer_names,
    )


def _even_share(reviews: Any, papers: int, reviewers: int, least: Any) -> int:
    """The load if everybody had the same, rounded up, and no less than any minimum load."""
    try:
        total = float(np.broadcast_to(np.asarray(reviews, dtype=np.float64), (papers,)).sum())
        share = -(-int(total) // reviewers)
        return max(share, int(np.max(least, initial=0)))
    except (ValueError, OverflowError, ZeroDivisionError):
        return 0  # the problem's own checks say what is wrong


def _readable(path: Path) -> None:
    if not path.is_file():
        raise CommandError(f"There is no file {path}.", returncode=USAGE)
    if path.stat().st_size > MOST_BYTES:
        raise CommandError(f"{path} has more than {MOST_BYTES // 10**9} GB.", returncode=USAGE)


def _write(path: Path, problem: Problem, plan: Plan) -> None:
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["paper", "reviewer", "score"])
            for paper, reviewer in plan.pairs:
                score = float(problem.scores[paper, reviewer])
                writer.writerow([problem.paper_names[paper], problem.reviewer_names[reviewer], repr(score)])
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.", returncode=USAGE) from error


def _facts(problem: Problem, plan: Plan) -> dict[str, Any]:
    """The answer under the names it is promised under; what is more comes after."""
    papers, reviewers = problem.shape
    return {
        "total": plan.total,
        "bound": plan.bound,
        "gap": plan.gap,
        "smallest": plan.smallest,
        "smallest_bound": plan.smallest_bound,
        "p5": plan.p5,
        "worst_tenth_mean": plan.worst_tenth_mean,
        "max_load_used": plan.max_load_used,
        "unfilled": [
            {
                "paper": problem.paper_names[item.paper],
                "missing": item.missing,
                "constraint": item.code,
                "reason": item.reason,
            }
            for item in plan.unfilled
        ],
        "certificate": plan.certificate,
        "seconds": round(plan.seconds, 4),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1),
        "papers": papers,
        "reviewers": reviewers,
        "max_load": int(problem.max_load.max()),
        "best_total": plan.best_total,
        "below_min_load": [
            {
                "reviewer": problem.reviewer_names[item.reviewer],
                "missing": item.missing,
                "reason": item.reason,
            }
            for item in plan.below_minimum
        ],
        "relaxations": [item.sentence for item in plan.relaxations],
        "input_hash": plan.input_hash,
        "seed": problem.seed,
    }

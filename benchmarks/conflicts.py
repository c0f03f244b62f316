"""Measure the search for conflicts of interest on made-up committees and papers.

    python benchmarks/conflicts.py [--papers 1000] [--members 300] [--coauthors 100] [--runs 5]

Prints seconds of processor for reading the institutions, for the first look at a name, and for `rules.find` (lowest, median, highest),
then the same at half and double the size: the ratio says how the time grows. Names and institutions are drawn from fixed
lists with a fixed seed, some names far more often than others, as in life.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from reviews.data import directory
from reviews.domain.conflicts.facts import MemberFacts, PaperFacts, Publication, Window
from reviews.domain.conflicts.names import Person
from reviews.domain.conflicts.rules import find
from reviews.domain.conflicts.text import listed

SYLLABLES = sorted(
    listed(
        "ba ben bo cal dan del el fer gan ha jor ka lan lo mar mi nor o pel qui ra ros sal tan u vi wen xa yo zim"
    )
)
COMMON = ("Wang", "Li", "Zhang", "Liu", "Chen", "Kim", "Lee", "Nguyen", "Singh", "Yang")
WINDOW = Window(date(2026, 2, 1))


class World:
    """Draws people and facts; the same seed gives the same world."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.places = [entry for entry in directory().entries if entry.names][:2000]

    def name(self) -> str:
        """One name in five has a family name that many share."""
        given = self.word(2)
        if self.random.random() < 0.2:
            return f"{given} {self.random.choice(COMMON)}"
        return f"{given} {self.word(3)}"

    def word(self, syllables: int) -> str:
        """A capitalised word."""
        return "".join(self.random.choice(SYLLABLES) for _ in range(syllables)).capitalize()

    def person(self) -> Person:
        """Somebody with a name, an address and an affiliation."""
        place, name = self.random.choice(self.places), self.name()
        email = f"{name.replace(' ', '.').lower()}@cs.{place.domains[0]}"
        return Person((name,), (email,), affiliations=(f"Dept. of Computer Science, {place.names[0]}",))

    def papers(self, number: int) -> list[PaperFacts]:
        """Papers with four authors each; every tenth declares an institution."""
        return [
            PaperFacts(
                f"p{n}",
                f"#{n}",
                tuple(self.person() for _ in range(4)),
                declared_institutions=(self.random.choice(self.places).names[0],) * (n % 10 == 0),
            )
            for n in range(number)
        ]

    def members(self, number: int, coauthors: int) -> list[MemberFacts]:
        """Members with five co-authors a publication, and ten collaborators."""
        result = []
        for n in range(number):
            publications = tuple(
                Publication(self.word(5), tuple(self.name() for _ in range(5)), 2023)
                for _ in range(coauthors // 5)
            )
            lines = tuple(f"{self.name()} (University of {self.word(3)})" for _ in range(10))
            result.append(MemberFacts(f"m{n}", self.person(), lines, publications))
        return result


def measure(papers: int, members: int, coauthors: int, runs: int) -> tuple[list[float], int]:
    """Seconds of processor for each run in order of length, and how many conflicts there are.

    Every run has people of its own, so that nothing is remembered from the one before.
    """
    seconds, hits = [], 0
    for run in range(runs):
        world = World(run)
        facts = world.members(members, coauthors), world.papers(papers)
        started = time.process_time()
        hits = len(find(*facts, window=WINDOW, directory=directory()))
        seconds.append(time.process_time() - started)
    return sorted(seconds), hits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--papers", type=int, default=1000)
    parser.add_argument("--members", type=int, default=300)
    parser.add_argument("--coauthors", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()

    started = time.process_time()
    institutions = directory()
    read = time.process_time()
    institutions.by_name("University of Somewhere")
    print(
        f"reading the institutions: {read - started:.2f} s; first look at a name: {time.process_time() - read:.2f} s"
    )
    for factor in (0.5, 1, 2):
        papers, members = int(options.papers * factor), int(options.members * factor)
        seconds, hits = measure(papers, members, options.coauthors, options.runs)
        print(
            f"{papers} papers x {members} members: {seconds[0]:.2f} . {statistics.median(seconds):.2f} . {seconds[-1]:.2f} s,"
            f" {hits:,} conflicts"
        )


if __name__ == "__main__":
    main()

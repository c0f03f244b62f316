"""From rows to the solver's arrays: which papers, which people, what keeps them apart, what each pair is worth.

Only papers that the asking chair handles are looked at, and nothing in the outcome tells of others: what members do
for papers hidden from this chair is not taken from their loads (docs/decisions/0008-plans-and-walls.md).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.models import User
from reviews.domain.assignment_facts import Facts, Options
from submissions.models import Edition

if TYPE_CHECKING:
    from reviews.domain.assignment.problem import Problem


def gather(*, actor: User, edition: Edition, options: Options) -> Facts:
    """Everything a plan depends on but the scores, as of now; a constant number of queries, no numpy.

    Raises NotAllowed unless `actor` runs the committee of `edition`.
    """
    raise NotImplementedError


@dataclass(frozen=True)
class Matrix:
    """The scores of all pairs of `facts` and what they are made of; papers × members, in the order of `facts`."""

    facts: Facts

    def problem(self) -> "Problem":
        """As the solver wants it. Raises InvalidProblem with words for the chair."""
        raise NotImplementedError


def build(facts: Facts, edition: Edition) -> Matrix:
    """The matrix of `facts`. For the worker: imports numpy."""
    raise NotImplementedError

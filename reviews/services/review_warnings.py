"""What a reviewer is warned of before authors could read it (reviews/domain/telltales.py), for one review.

A warning must not tell the reviewer more than they know: whether a name is that of an author of a masked paper, or of a
fellow reviewer. So the names looked for are those of the whole committee and, where authors are masked, of all authors of
the edition; nothing depends on the paper at hand but the reviewer's own name.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from reviews import policy, queries
from reviews.domain import telltales
from reviews.domain.review_form import Answer
from reviews.domain.telltales import Telltale
from reviews.models import Assignment, Member
from submissions.models import Author

OF_COMMITTEE = "is the name of somebody in the committee; authors would read it"
OF_AUTHORS = "is the name of an author of this edition; reviewers do not know whose paper this is"


def find(row: Assignment, answers: Mapping[str, Answer]) -> list[Telltale]:
    """Warnings about the texts that authors will read. Three queries at most."""
    edition = row.paper.edition
    texts = [
        (it.slug, str(answers[it.slug]))
        for it in queries.form_of(edition)
        if it.kind == "text" and it.visible_to == "authors" and it.slug in answers
    ]
    if not texts:
        return []
    words = _words(text for _, text in texts)
    committee = Member.objects.filter(edition=edition).exclude(pk=row.member_id)
    others = [(name, OF_COMMITTEE) for name in _occurring(committee.values_list("name", flat=True), words)]
    if policy.masks_authors(edition):
        authors = Author.objects.filter(paper__edition=edition).values_list("name", flat=True)
        others += [(name, OF_AUTHORS) for name in _occurring(authors, words)]
    return telltales.find(texts, reviewers=[str(row.member)], others=others)


def stamp(found: Sequence[Telltale]) -> str:
    """Equal for equal warnings: what was read is not shown again, what is new is."""
    told = json.dumps([(it.slug, it.excerpt, it.message) for it in found])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in re.findall(r"\w+", _plain(text))}


def _occurring(names: Iterable[str], words: set[str]) -> list[str]:
    """The names whose last word is somewhere in the texts: of a thousand names the careful search gets a few."""
    found = {name for name in names if (parts := re.findall(r"\w+", _plain(name))) and parts[-1] in words}
    return sorted(found)


def _plain(text: str) -> str:
    """Without accents and case, in any script."""
    split = unicodedata.normalize("NFKD", text)
    return "".join(char for char in split if not unicodedata.combining(char)).casefold()

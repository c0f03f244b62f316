"""The default engine: TF-IDF of words and of pairs of words, by scikit-learn.

A word weighs more the rarer it is among the edition's submissions. What no submission mentions is left out: it can bring
no member nearer to any of them, and a member with many interests loses nothing by it. So the weights depend on the submissions
alone, and one member's papers change nobody else's scores.

scikit-learn is imported when vectors are first asked for, which only the worker does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reviews.domain import affinity
from reviews.domain.affinity import Text

MOST_CHARACTERS = 20_000
"""What is read of a title or an abstract. Real ones have under 5,000; only rubbish is longer."""

_WORD = re.compile(r"\w\w+")
#: The words that hold English sentences together: articles, pronouns, prepositions, conjunctions, auxiliaries, and the like.
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a an the this that these those some any each every all both either neither no none not nor another other others
        such same own i me my mine we us our ours you your yours he him his she her hers it its they them their theirs
        itself themselves ourselves who whom whose which what where when why how there here one two
        about above across after against along among amongst around as at before behind below beneath beside besides
        between beyond by despite down during except for from in inside into of off on onto out outside over per since
        through throughout to toward towards under until up upon via with within without
        and or but if then else than because while whereas although though so yet whether however therefore thus hence
        moreover furthermore also even only just too very more most less least much many few several often still already
        again once ever never always now rather quite almost well
        am is are was were be been being have has had having do does did done can could may might must shall should will
        would cannot get let et al eg ie etc
        """,
    )
)


@dataclass(frozen=True)
class Recipe:
    """How texts become vectors. The values were chosen by `benchmarks/affinity.py`, which also measures the others."""

    pairs: bool = True
    stop_words: bool = True
    singular: bool = True
    damped: bool = True
    """The logarithm of how often a word occurs in a text, rather than the number."""
    title_weight: int = 1
    """How many times the words of the title count."""


class Words:
    """TF-IDF with the weights of these submissions. The order of the submissions makes no difference."""

    name = "words"
    version = "1"

    def __init__(self, submissions: Sequence[Text], recipe: Recipe | None = None) -> None:
        self.recipe = recipe or Recipe()
        self._learned_from = sorted({text.fingerprint: text for text in submissions}.items())
        self.basis = affinity.digest(
            self.name, self.version, repr(self.recipe), *(mark for mark, _ in self._learned_from)
        )

    def vectors(self, texts: Sequence[Text]) -> Any:
        """A sparse row a text; see `affinity.Engine`."""
        from scipy.sparse import csr_matrix

        if self._vectorizer is None or not texts:
            return csr_matrix((len(texts), 1))
        return self._vectorizer.transform(texts)

    @cached_property
    def _vectorizer(self) -> Any:
        """Fitted to the submissions; None if they have no words."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = [text for _, text in self._learned_from]
        if not any(True for text in texts for _ in _terms(text, self.recipe)):
            return None
        vectorizer = TfidfVectorizer(analyzer=self._analyse, sublinear_tf=self.recipe.damped)
        return vectorizer.fit(texts)

    def _analyse(self, text: Text) -> list[str]:
        return [term for term, _ in _terms(text, self.recipe)]


def shared_words(one: Text, other: Text, most: int = 5) -> tuple[str, ...]:
    """What two texts have in common, for people: pairs of words first, then what occurs most, spelt as in the first.

    It loads no library, so that a page may call it.
    """
    recipe = Recipe()
    theirs = Counter(term for term, _ in _terms(other, recipe))
    ours, spelling = Counter[str](), dict[str, str]()
    for term, seen in _terms(one, recipe):
        ours[term] += 1
        spelling.setdefault(term, seen)
    common = sorted(
        ours.keys() & theirs.keys(), key=lambda term: (-(" " in term), -(ours[term] + theirs[term]), term)
    )
    chosen: list[str] = []
    for term in common[:100]:
        if not any(f" {term} " in f" {longer} " for longer in chosen):
            chosen.append(term)
    return tuple(spelling[term] for term in chosen[:most])


def _terms(text: Text, recipe: Recipe) -> Iterator[tuple[str, str]]:
    """The words and pairs of a text, each as it is counted and as it is written; no pair spans title and abstract."""
    stop_words = STOP_WORDS if recipe.stop_words else frozenset()
    for part, times in ((text.title, recipe.title_weight), (text.abstract, 1)):
        words = _WORD.findall(affinity.plain(part[:MOST_CHARACTERS]))
        seen = [word for word in words if word not in stop_words]
        counted = [singular(word) for word in seen] if recipe.singular else seen
        for _ in range(times):
            yield from zip(counted, seen, strict=True)
            if recipe.pairs:
                for first in range(len(seen) - 1):
                    yield " ".join(counted[first : first + 2]), " ".join(seen[first : first + 2])


def singular(word: str) -> str:
    """An English plural without its ending, by the three rules of D. Harman, How effective is suffixing? (1991)."""
    if len(word) < 4 or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word if word[-4] in "ae" else word[:-3] + "y"
    if word.endswith("es"):
        return word if word[-3] in "aeo" else word[:-1]
    return word if word[-2] in "us" else word[:-1]

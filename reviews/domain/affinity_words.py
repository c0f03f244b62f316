"""The default engine: TF-IDF of words and of pairs of words, by scikit-learn.

A word weighs more the rarer it is among the edition's submissions. What no submission mentions is left out: it can bring
no member nearer to any of them, and a member with many interests loses nothing by it. So the weights depend on the submissions
alone, and one member's papers change nobody else's scores.

scikit-learn is imported when vectors are first asked for, which only the worker does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reviews.domain import affinity
from reviews.domain.affinity import Text

MOST_CHARACTERS = 20_000
"""What is read of a title or an abstract. Real ones have under 5,000; only rubbish is longer."""

_WORD = re.compile(r"\w\w+")


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

    def shared(self, one: Text, other: Text, most: int = 5) -> tuple[str, ...]:
        """See `affinity.Engine`. In the first text's spelling; a word is left out if a pair that holds it is shown."""
        if self._vectorizer is None:
            return ()
        product = self.vectors([one]).multiply(self.vectors([other])).tocoo()
        names = self._vectorizer.get_feature_names_out()
        weights = sorted(
            zip(product.data, (str(names[column]) for column in product.col), strict=True),
            # As weighty, a pair says more than its words.
            key=lambda found: (-round(found[0], 9), -len(found[1].split()), found[1]),
        )
        spelling = {term: seen for term, seen in reversed(list(self._terms(one))) if term}
        chosen: list[str] = []
        for _, term in weights:
            if any(f" {term} " in f" {longer} " for longer in chosen):
                continue
            chosen = [shorter for shorter in chosen if f" {shorter} " not in f" {term} "]
            chosen.append(term)
            if len(chosen) == most:
                break
        return tuple(spelling.get(term, term) for term in chosen)

    @cached_property
    def _vectorizer(self) -> Any:
        """Fitted to the submissions; None if they have no words."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = [text for _, text in self._learned_from]
        if not any(True for text in texts for _ in self._terms(text)):
            return None
        vectorizer = TfidfVectorizer(analyzer=self._analyse, sublinear_tf=self.recipe.damped)
        return vectorizer.fit(texts)

    @cached_property
    def _stop_words(self) -> frozenset[str]:
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return frozenset(ENGLISH_STOP_WORDS) if self.recipe.stop_words else frozenset()

    def _analyse(self, text: Text) -> list[str]:
        return [term for term, _ in self._terms(text)]

    def _terms(self, text: Text) -> Iterator[tuple[str, str]]:
        """The words and pairs of a text, each as it is counted and as it is written; no pair spans title and abstract."""
        for part, times in ((text.title, self.recipe.title_weight), (text.abstract, 1)):
            seen = [
                word
                for word in _WORD.findall(affinity.plain(part[:MOST_CHARACTERS]))
                if word not in self._stop_words
            ]
            counted = [singular(word) for word in seen] if self.recipe.singular else seen
            for _ in range(times):
                yield from zip(counted, seen, strict=True)
                if self.recipe.pairs:
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

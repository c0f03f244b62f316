"""What a chair should look at: too many declared conflicts, declarations that stand alone, institutions nobody is at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from reviews.domain.conflicts.facts import Found, MemberFacts, PaperFacts, Rule
from reviews.domain.conflicts.institutions import Directory, Institution, same_place
from reviews.domain.conflicts.text import clean

#: Fewer unexplained declarations than this are never remarkable.
FEW = 3
#: This share of the committee is remarkable whatever other papers declare.
LARGE_SHARE = 1 / 3
#: Distance from the median, in standard deviations estimated by the median absolute deviation (Iglewicz and Hoaglin 1993
#: recommend 3.5 for outliers).
FAR = 3.5
#: Standard deviations of a normal distribution in one median absolute deviation, turned round.
_TO_DEVIATION = 1.4826


class Kind(StrEnum):
    """Which anomaly it is."""

    MANY_DECLARED = "many_declared"
    ONLY_AUTHOR = "only_author"
    ONLY_MEMBER = "only_member"
    UNKNOWN_INSTITUTION = "unknown_institution"
    NOBODY_THERE = "nobody_there"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something to look at, about a paper and perhaps a member, in one sentence."""

    kind: Kind
    paper: str
    sentence: str
    member: str = ""


def anomalies(
    members: Collection[MemberFacts],
    papers: Collection[PaperFacts],
    found: Iterable[Found],
    directory: Directory,
    *,
    answered: Collection[str] | None = None,
) -> list[Anomaly]:
    """Everything remarkable, the implausible numbers first.

    Args:
        members: The committee.
        papers: The papers of the edition.
        found: What `rules.find` says of them.
        directory: The institutions.
        answered: Keys of members who have gone through the papers; None for all. Before that, their silence means nothing.
    """
    rules: dict[tuple[str, str], set[Rule]] = defaultdict(set)
    for one in found:
        rules[one.paper, one.member].add(one.rule)
    return [
        *_many(members, papers, rules),
        *_one_sided(papers, rules, answered),
        *_places(members, papers, directory),
    ]


def threshold(numbers: Collection[int], committee: int) -> float:
    """More unexplained declarations than this are implausible.

    The smaller of a third of the committee and the median plus 3.5 estimated standard deviations, but at least 3. The
    deviation is at least 1: most papers declare nobody, and then a second one would already stand out.
    """
    if not numbers:
        return float(FEW)
    middle = median(numbers)
    deviation = max(1.0, _TO_DEVIATION * median(abs(number - middle) for number in numbers))
    return max(float(FEW), min(committee * LARGE_SHARE, middle + FAR * deviation))


def _unexplained(rules: set[Rule]) -> bool:
    """Declared by an author as a person, and nothing else speaks for it."""
    return rules == {Rule.DECLARED_BY_AUTHOR}


def _many(
    members: Collection[MemberFacts],
    papers: Collection[PaperFacts],
    rules: Mapping[tuple[str, str], set[Rule]],
) -> list[Anomaly]:
    numbers = {paper.key: 0 for paper in papers}
    for (paper, _), why in rules.items():
        if paper in numbers and _unexplained(why):
            numbers[paper] += 1
    limit = threshold(numbers.values(), len(members))
    usual = median(numbers.values()) if numbers else 0
    remarkable = [paper for paper in papers if numbers[paper.key] > limit]
    return [
        Anomaly(
            Kind.MANY_DECLARED,
            paper.key,
            f"The authors of {paper.label} declared conflicts with {numbers[paper.key]} of {len(members)} members for which "
            f"nothing else speaks; {usual:g} is usual.",
        )
        for paper in sorted(remarkable, key=lambda paper: -numbers[paper.key])
    ]


def _one_sided(
    papers: Collection[PaperFacts],
    rules: Mapping[tuple[str, str], set[Rule]],
    answered: Collection[str] | None,
) -> list[Anomaly]:
    labels = {paper.key: paper.label for paper in papers}
    done = None if answered is None else frozenset(answered)
    result = []
    for (paper, member), why in rules.items():
        label = labels.get(paper, paper)
        if _unexplained(why) and (done is None or member in done):
            sentence = f"An author of {label} declared a conflict; the member did not, and nothing was found."
            result.append(Anomaly(Kind.ONLY_AUTHOR, paper, sentence, member))
        elif why == {Rule.DECLARED_BY_MEMBER}:
            sentence = f"The member declared a conflict with {label}; no author did, and nothing was found."
            result.append(Anomaly(Kind.ONLY_MEMBER, paper, sentence, member))
    return result


def _places(
    members: Collection[MemberFacts], papers: Collection[PaperFacts], directory: Directory
) -> list[Anomaly]:
    """Declared institutions that are not known at all, or where neither a member nor an author of the paper is."""
    committee = _by_key(members, directory)
    result = []
    for paper in papers:
        own = [
            place
            for author in paper.authors
            for place in directory.places(author.emails, author.affiliations)
        ]
        for text in paper.declared_institutions:
            named = directory.named(text)
            if any(
                same_place(place, other) for place in named for other in (*committee.get(place.key, ()), *own)
            ):
                continue
            shown = clean(text)[:80]
            if any(not place.key.startswith("name:") for place in named):
                sentence = f"{paper.label} declares “{shown}”, where no member and no author of the paper is."
                result.append(Anomaly(Kind.NOBODY_THERE, paper.key, sentence))
            elif shown:
                sentence = f"{paper.label} declares “{shown}”, which is no institution we know: perhaps a misspelling."
                result.append(Anomaly(Kind.UNKNOWN_INSTITUTION, paper.key, sentence))
    return result


def _by_key(members: Collection[MemberFacts], directory: Directory) -> dict[str, list[Institution]]:
    found: dict[str, list[Institution]] = defaultdict(list)
    for member in members:
        for place in directory.places(member.person.emails, member.person.affiliations):
            found[place.key].append(place)
    return found

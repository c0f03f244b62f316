"""Find every conflict between the members of a committee and the papers of an edition.

Everything is looked up in indexes by name, address, ORCID iD and institution: the work grows with the number of people and
of hits, not with papers times members. docs/conflicts.md says the rules in words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from reviews.domain.conflicts.facts import (
    EarlierPaper,
    Found,
    MemberFacts,
    PaperFacts,
    Rule,
    Window,
    digest,
    joined_sentences,
)
from reviews.domain.conflicts.index import People, parse_line
from reviews.domain.conflicts.institutions import Directory
from reviews.domain.conflicts.names import Confidence, Match, Person, email_key, same_name
from reviews.domain.conflicts.text import clean, fold

_CERTAIN = Match(Confidence.CERTAIN, "")


@dataclass(frozen=True, slots=True)
class Clue:
    """One reason for one conflict."""

    sentence: str
    fact: str
    confidence: Confidence
    doubt: str = ""
    expires: date | None = None


Hit = tuple[Rule, str, str, Clue]  # rule, member, paper, reason


def find(
    members: Iterable[MemberFacts],
    papers: Iterable[PaperFacts],
    *,
    window: Window,
    directory: Directory,
    earlier: Iterable[EarlierPaper] = (),
) -> list[Found]:
    """Every conflict, at most one for each rule, member and paper, ordered by paper, member and rule.

    A member's own paper has no detected conflicts beside that one: they would only say it again.

    Args:
        members: The committee. Keys are unique.
        papers: The papers of the edition. Keys are unique.
        window: How far back joint work counts, seen from which day.
        directory: The institutions (`reviews.data.directory()`).
        earlier: Papers of earlier editions; those outside `window` are ignored.
    """
    search = _Search(tuple(members), tuple(papers), window, directory)
    clues: dict[tuple[Rule, str, str], dict[str, Clue]] = defaultdict(dict)
    for rule, member, paper, clue in search.hits(tuple(earlier)):
        kept = clues[rule, member, paper]
        if clue.fact not in kept or _rank(clue) < _rank(kept[clue.fact]):
            kept[clue.fact] = clue
    own = {(member, paper) for rule, member, paper in clues if rule is Rule.OWN_PAPER}
    found = [
        _found(rule, member, paper, tuple(reasons.values()))
        for (rule, member, paper), reasons in clues.items()
        if rule is Rule.OWN_PAPER or rule.declared or (member, paper) not in own
    ]
    order = list(Rule)
    return sorted(found, key=lambda one: (one.paper, one.member, order.index(one.rule)))


def _rank(clue: Clue) -> tuple[bool, bool, str]:
    return clue.confidence is not Confidence.CERTAIN, bool(clue.doubt), clue.sentence


def _found(rule: Rule, member: str, paper: str, clues: tuple[Clue, ...]) -> Found:
    best = min(clues, key=_rank)
    ends = [clue.expires for clue in clues]
    return Found(
        rule,
        member,
        paper,
        best.confidence,
        joined_sentences([clue.sentence for clue in clues]),
        best.doubt,
        None if None in ends else max(end for end in ends if end is not None),
        frozenset(clue.fact for clue in clues),
    )


class _Search:
    """One run: the indexes, and one method for each kind of reason."""

    def __init__(
        self,
        members: tuple[MemberFacts, ...],
        papers: tuple[PaperFacts, ...],
        window: Window,
        directory: Directory,
    ) -> None:
        self.members = members
        self.papers = papers
        self.labels = {paper.key: paper.label for paper in papers}
        self.window = window
        self.directory = directory
        self.authors: People[str] = People(directory)
        self.committee: People[str] = People(directory)
        for paper in papers:
            for author in paper.authors:
                self.authors.add(paper.key, author)
        for member in members:
            self.committee.add(member.key, member.person)

    def hits(self, earlier: tuple[EarlierPaper, ...]) -> Iterator[Hit]:
        yield from self._declared()
        yield from self._own_and_this_edition()
        for paper in earlier:
            expires = self.window.expiry(paper.presented.year)
            if expires >= self.window.on:
                yield from self._earlier(paper, expires)
        for member in self.members:
            yield from self._institution(member)
            yield from self._publications(member)
            yield from self._member_collaborators(member)
        for facts in self.papers:
            yield from self._paper_collaborators(facts)

    # -- what people said ------------------------------------------------------------------------------------------

    def _declared(self) -> Iterator[Hit]:
        known = {member.key for member in self.members}
        for paper in self.papers:
            for key in paper.declared_members:
                if key in known:
                    yield (
                        Rule.DECLARED_BY_AUTHOR,
                        key,
                        paper.key,
                        _said("An author named this member.", "member"),
                    )
            for line in paper.declared_people:
                yield from self._declared_line(paper, line, Rule.DECLARED_BY_AUTHOR)
            for line in paper.declared_institutions:
                yield from self._declared_institution(paper, line)
        for member in self.members:
            for key in member.declared_papers:
                if key in self.labels:
                    yield Rule.DECLARED_BY_MEMBER, member.key, key, _said("The member said so.", "member")

    def _declared_line(self, paper: PaperFacts, line: str, rule: Rule) -> Iterator[Hit]:
        named = parse_line(line)
        if named.institution:
            yield from self._declared_institution(paper, named.institution)
        if named.person is None:
            return
        for member, _, match in self.committee.like(named.person):
            sentence = f"An author named {_short(line)}."
            # Who is meant is as sure as the match; that it was declared is not in question.
            yield rule, member, paper.key, _clue(sentence, [_who(named.person)], match)

    def _declared_institution(self, paper: PaperFacts, line: str) -> Iterator[Hit]:
        for place in self.directory.named(line):
            for member, person, match in self.committee.at(place):
                sentence = f"An author named {_short(line)}, and {person.shown} is there."
                sure = match if match.doubt or place.ambiguous else _CERTAIN
                yield (
                    Rule.DECLARED_INSTITUTION,
                    member,
                    paper.key,
                    _clue(sentence, [place.key, place.part], sure),
                )

    # -- papers of this series -------------------------------------------------------------------------------------

    def _own_and_this_edition(self) -> Iterator[Hit]:
        for paper in self.papers:
            mine: dict[str, tuple[Person, Match]] = {}
            for author in paper.authors:
                for member, _, match in self.committee.like(author):
                    sentence = f"{author.shown} is an author: {match.why}."
                    yield Rule.OWN_PAPER, member, paper.key, _clue(sentence, [_who(author)], match)
                    if member not in mine or not match.doubt:
                        mine[member] = author, match
            if mine:
                yield from self._shared(
                    Rule.COAUTHOR_THIS_EDITION, paper.label, paper.authors, mine, None, apart_from=paper.key
                )

    def _earlier(self, paper: EarlierPaper, expires: date) -> Iterator[Hit]:
        mine = {
            member: (author, match)
            for author in paper.authors
            for member, _, match in self.committee.like(author)
        }
        if mine:
            yield from self._shared(
                Rule.COAUTHOR_EARLIER_EDITION, paper.label, paper.authors, mine, expires, apart_from=""
            )

    def _shared(
        self,
        rule: Rule,
        label: str,
        authors: tuple[Person, ...],
        mine: dict[str, tuple[Person, Match]],
        expires: date | None,
        *,
        apart_from: str,
    ) -> Iterator[Hit]:
        """Members who wrote `label` have a conflict with everything else its other authors submitted."""
        for author in authors:
            for paper, person, match in self.authors.like(author):
                if paper == apart_from:
                    continue
                for member, (writer, writer_match) in mine.items():
                    if writer == author:
                        continue
                    sentence = f"{writer.shown} and {person.shown} are both authors of {label}."
                    fact = [label, _who(person)]
                    yield rule, member, paper, _clue(sentence, fact, _weaker(match, writer_match), expires)

    # -- the world outside -----------------------------------------------------------------------------------------

    def _institution(self, member: MemberFacts) -> Iterator[Hit]:
        for place in self.directory.places(member.person.emails, member.person.affiliations):
            for paper, author, match in self.authors.at(place):
                sentence = f"{member.person.shown} and {author.shown}: {match.why}."
                fact = [place.key, place.part, _who(author)]
                yield Rule.SAME_INSTITUTION, member.key, paper, _clue(sentence, fact, match)

    def _publications(self, member: MemberFacts) -> Iterator[Hit]:
        for name, (year, title) in self._coauthors(member).items():
            expires = None if year is None else self.window.expiry(year)
            when = f"in {year}" if year is not None else "in a publication without a year"
            for paper, author, match in self.authors.like(Person((name,))):
                if any(same_name(name, own) for own in member.person.names):
                    break
                doubt = "; ".join(
                    filter(None, (match.doubt, "" if year is not None else "the year is not known"))
                )
                sentence = (
                    f"{member.person.shown} and {author.shown} published together {when}: {_short(title)}."
                )
                clue = Clue(sentence, digest(str(year), _who(author)), match.confidence, doubt, expires)
                yield Rule.PUBLISHED_TOGETHER, member.key, paper, clue

    def _coauthors(self, member: MemberFacts) -> dict[str, tuple[int | None, str]]:
        """The authors of the member's recent publications, the member among them, each with the latest year and its title."""
        latest: dict[str, tuple[int | None, str]] = {}
        for publication in member.publications:
            year = publication.year
            if year is not None and not self._recent(year):
                continue
            for name in publication.authors:
                known = latest.get(name)
                if known is None or (year or 0, publication.title) > (known[0] or 0, known[1]):
                    latest[name] = year, publication.title
        own = member.person.names
        return {
            name: joint for name, joint in latest.items() if not any(same_name(name, mine) for mine in own)
        }

    def _recent(self, year: int) -> bool:
        return 1000 <= year <= 9000 and self.window.expiry(year) >= self.window.on

    def _member_collaborators(self, member: MemberFacts) -> Iterator[Hit]:
        for line in member.collaborators:
            named = parse_line(line)
            sentence = f"{member.person.shown} lists {_short(line)} as collaborator."
            if named.person is not None:
                for paper, author, match in self.authors.like(named.person):
                    yield (
                        Rule.COLLABORATOR,
                        member.key,
                        paper,
                        _clue(sentence, ["member", _who(author)], match),
                    )
            for place in self.directory.named(named.institution):
                for paper, author, match in self.authors.at(place):
                    fact = ["member", place.key, _who(author)]
                    yield Rule.COLLABORATOR, member.key, paper, _clue(sentence, fact, match)

    def _paper_collaborators(self, paper: PaperFacts) -> Iterator[Hit]:
        for line in paper.collaborators:
            named = parse_line(line)
            sentence = f"An author lists {_short(line)} as collaborator."
            if named.person is not None:
                for member, _, match in self.committee.like(named.person):
                    fact = ["author", _who(named.person)]
                    yield Rule.COLLABORATOR, member, paper.key, _clue(sentence, fact, match)
            for place in self.directory.named(named.institution):
                for member, _, match in self.committee.at(place):
                    yield Rule.COLLABORATOR, member, paper.key, _clue(sentence, ["author", place.key], match)


def _who(person: Person) -> str:
    """A person in a fingerprint: an address if there is one, for names are corrected more often."""
    addresses = sorted(key for email in person.emails if (key := email_key(email)))
    return addresses[0] if addresses else " ".join(sorted(fold(clean(name)) for name in person.names))


def _clue(sentence: str, fact: list[str], match: Match, expires: date | None = None) -> Clue:
    return Clue(sentence, digest(*fact), match.confidence, match.doubt, expires)


def _said(sentence: str, fact: str) -> Clue:
    return Clue(sentence, digest(fact), Confidence.CERTAIN)


def _weaker(a: Match, b: Match) -> Match:
    return max(a, b, key=lambda match: (match.confidence is not Confidence.CERTAIN, bool(match.doubt)))


def _short(text: str, most: int = 80) -> str:
    shown = clean(text)
    return f"“{shown if len(shown) <= most else shown[: most - 1] + '…'}”"

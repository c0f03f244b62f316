"""What a release would tell whom, without changing anything: papers, decisions, reviews and the exact letters.

The same plan is shown, checked, and made anew inside the transaction that releases; `Item.stamps` say what changed between
the two. Only papers that the chair handles are ever in it. A constant number of queries.
"""

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.letter_form import LetterError
from accounts.models import AuditEntry, User
from reviews import queries
from reviews.domain.review_form import Question
from reviews.letters import decisions as letters
from reviews.models import Assignment, Decision, Release, ReleasedReview, Review, ReviewVersion
from reviews.review_list import ShownReview, latest_versions, released
from reviews.services.decisions import revisions
from reviews.services.reviewer_letters import letter_at
from submissions import policy as papers_policy
from submissions import queries as paper_queries
from submissions.domain.workflow import State
from submissions.letter_kinds import LetterKind
from submissions.letters import Letter, about, readers_of_many
from submissions.letters import texts as letter_texts
from submissions.letters.texts import Text
from submissions.models import Author, Edition, Paper

#: What is compared between the preview and the release, with the words for it.
PARTS = {
    "decision": "the decision changed",
    "recipients": "the recipients changed",
    "reviews": "the reviews changed",
    "letter": "the text of the letter changed",
}


@dataclass(frozen=True)
class Given:
    """One review as the authors would get it: this version, under this letter of theirs."""

    assignment: Assignment
    review: Review
    version: ReviewVersion
    shown: ShownReview
    draft: bool


@dataclass
class Item:
    """One paper of a release. `readers`: its contacts; `expected`: reviews that were asked for; `number`: which decision on
    the paper this is, counted through corrections. `error`: why the text of the letter cannot be used.
    """

    paper: Paper
    decision: Decision
    number: int
    kind: LetterKind
    text: Text
    reviews: Sequence[Given]
    expected: int
    readers: Mapping[str, User | None]
    others: Sequence[Author]
    corrects: bool
    letters: dict[str, Letter] = field(default_factory=dict)
    error: str = ""

    @property
    def shown(self) -> list[ShownReview]:
        return [it.shown for it in self.reviews]

    @property
    def first(self) -> Letter | None:
        """One letter as an example; those to the other contacts differ by the name and the time zone."""
        return next(iter(self.letters.values()), None)

    @property
    def stamps(self) -> dict[str, str]:
        """Short marks of what was looked at, by the parts of `PARTS`."""
        decided = self.decision
        told = [it.text for it in self.letters.values()] + [it.subject for it in self.letters.values()]
        return {
            "decision": _mark(
                self.number,
                decided.outcome,
                decided.category_id,
                decided.shepherd_id,
                decided.conditions,
                decided.to_authors,
            ),
            "recipients": _mark(sorted(self.readers), [(it.name, it.email) for it in self.others]),
            "reviews": _mark([(it.version.pk, it.shown.letter) for it in self.reviews]),
            "letter": _mark(told, self.error),
        }


@dataclass(frozen=True)
class Plan:
    """`undecided`: numbers of papers under review without a decision, among those the chair handles."""

    edition: Edition
    items: Sequence[Item]
    undecided: Sequence[int]
    questions: Sequence[Question]

    @property
    def numbers(self) -> list[int]:
        return [it.paper.number for it in self.items]

    @property
    def seen(self) -> str:
        """What a confirmation refers to: the marks of all papers, for a form."""
        return " ".join(f"{it.paper.number}:{'.'.join(it.stamps.values())}" for it in self.items)


#: In the record of a paper: it left the process before all letters of its release had left.
LEFT = "decision.left_release"


def left(user: User, release: Release) -> list[Paper]:
    """Papers that were withdrawn or found out of scope while letters of `release` about them waited, as far as `user` handles them."""
    entries = AuditEntry.objects.filter(
        verb=LEFT, subject_type=Paper._meta.label_lower, data__release__0=str(release.key)
    )
    found = Paper.objects.filter(papers_policy.papers_handled_by(user), pk__in=entries.values("subject_id"))
    return list(found.order_by("number"))


def handled(user: User, edition: Edition) -> QuerySet[Paper]:
    """The papers under review that `user` may decide on."""
    return Paper.objects.filter(papers_policy.papers_handled_by(user), edition=edition, state=State.SUBMITTED)


UNRELEASED = Q(release__isnull=True) | Q(release__undone_at__isnull=False)


def candidates(user: User, edition: Edition) -> QuerySet[Decision]:
    """Decisions that `user` may release, by number of the paper."""
    rows = Decision.objects.filter(UNRELEASED, paper__in=handled(user, edition))
    return rows.select_related("paper__category", "category").order_by("paper__number")


def build(
    user: User, edition: Edition, numbers: Collection[int] | None = None, *, compose: bool = True
) -> Plan:
    """The plan for the papers among `numbers` (None: all) that can be released. `compose`: with the letters."""
    rows = candidates(user, edition).select_related("category", "shepherd__user", "decided_by")
    if numbers is not None:
        rows = rows.filter(paper__number__in=numbers)
    decisions = {it.paper_id: it for it in rows}
    papers = list(paper_queries.whole(Paper.objects.filter(pk__in=decisions)).order_by("number"))
    undecided = handled(user, edition).filter(decision__isnull=True).order_by("number")
    questions = queries.form_of(edition)
    reviews, expected = _reviews(papers, questions)
    readers = readers_of_many(papers)
    told = letters.told(edition, papers)
    numbers_of = revisions(papers, decisions)
    wording: dict[str, Text] = {}
    items = []
    for paper in papers:
        decision = decisions[paper.pk]
        decision.paper = paper
        kind = letters.kind_of(decision)
        if kind.slug not in wording:
            wording[kind.slug] = letter_texts.of(edition, kind.slug)
        item = Item(
            paper=paper,
            decision=decision,
            number=numbers_of[paper.pk],
            kind=kind,
            text=wording[kind.slug],
            reviews=[] if decision.outcome == Decision.Outcome.DESK_REJECT else reviews.get(paper.pk, []),
            expected=expected.get(paper.pk, 0),
            readers=readers[paper.pk],
            others=[it for it in paper.authors.all() if it.email not in readers[paper.pk]],
            corrects=about(paper) in told,
        )
        if compose:
            compose_letters(item)
        items.append(item)
    return Plan(edition, items, list(undecided.values_list("number", flat=True)), questions)


def compose_letters(item: Item) -> None:
    """Write the letters to all contacts of `item`, or note why its text cannot be used."""
    try:
        for address, person in item.readers.items():
            item.letters[address] = letters.to_contact(
                item.decision,
                address=address,
                person=person,
                text=item.text,
                reviews=item.shown,
                corrects=item.corrects,
            )
    except LetterError as error:
        item.error = str(error)


def _reviews(
    papers: Sequence[Paper], questions: Sequence[Question]
) -> tuple[dict[int, list[Given]], dict[int, int]]:
    """The submitted reviews of each paper in their latest versions, by the authors' letters; and how many were asked for."""
    rows = list(Assignment.objects.filter(paper__in=papers).select_related("member").order_by("pk"))
    by_paper = defaultdict(list)
    for row in rows:
        by_paper[row.paper_id].append(row)
    live = {it.pk: it for it in rows if it.state in Assignment.LIVE}
    found = Review.objects.filter(assignment__in=live, submitted_at__isnull=False)
    reviews = {it.assignment_id: it for it in found}
    versions = latest_versions(reviews.values())
    given: dict[int, list[Given]] = {}
    for pk, assignments in by_paper.items():
        with_review = [it for it in assignments if it.pk in reviews and reviews[it.pk].pk in versions]
        names = _letters(with_review, {it.letter_for_authors for it in assignments})
        listed = [_given(it, reviews[it.pk], versions, questions, names[it.pk]) for it in with_review]
        given[pk] = sorted(listed, key=lambda it: (len(it.shown.letter), it.shown.letter))
    return given, {pk: sum(it.pk in live for it in rows) for pk, rows in by_paper.items()}


def _given(
    row: Assignment,
    review: Review,
    versions: Mapping[int, ReviewVersion],
    questions: Sequence[Question],
    letter: str,
) -> Given:
    version = versions[review.pk]
    shown = released(questions, version, letter, review)
    return Given(row, review, version, shown, draft=review.answers != version.answers)


def _letters(rows: Iterable[Assignment], taken: Collection[str]) -> dict[int, str]:
    """The letter by which authors know each review. Those not drawn yet follow in an order that nobody outside can foresee,
    yet the preview and the release have in common: that of a keyed hash.
    """
    names, used, place = {}, set(taken), 0
    for row in sorted(rows, key=lambda it: _drawn(it.pk)):
        letter = row.letter_for_authors
        while not letter:
            letter, place = letter_at(place), place + 1
            letter = "" if letter in used else letter
        used.add(letter)
        names[row.pk] = letter
    return names


def _drawn(assignment: int) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"letter for authors {assignment}".encode(), "sha256")


def _mark(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def changes(plan: Plan, seen: str) -> list[str]:
    """What is different from what was looked at (`Plan.seen` of then), as sentences; empty when nothing is."""
    before: dict[int, list[str]] = {}
    for word in seen.split():
        named, _, marks = word.partition(":")
        if named.isascii() and named.isdigit() and len(named) < 10:
            before[int(named)] = marks.split(".")
    found = []
    for it in plan.items:
        number, now = it.paper.number, it.stamps
        if number not in before:
            found.append(f"#{number} was not in your preview.")
            continue
        then = dict(zip(PARTS, before.pop(number), strict=False))
        different = [name for name in PARTS if then.get(name) != now[name]]
        if different:
            # A letter always changes with what it tells of.
            told = [PARTS[name] for name in different if name != "letter"] or [PARTS["letter"]]
            found.append(f"#{number}: {', '.join(told)}.")
    return found + [f"#{number} is no longer among the decisions you can release." for number in before]


def reviews_told(decision: Decision, rows: Iterable[ReleasedReview]) -> list[ShownReview]:
    """The reviews as they were released with `decision`, by letter; `rows` with their versions and reviews. One query.

    A question that became visible to authors since then is not answered by that; one that no longer is, is hidden.
    """
    questions = queries.form_of(decision.paper.edition)
    found = []
    for it in rows:
        told = [question for question in questions if question.slug in it.questions]
        found.append(released(told, it.version, it.letter, it.version.review))
    return sorted(found, key=lambda it: (len(it.letter), it.letter))

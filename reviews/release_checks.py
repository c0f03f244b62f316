"""What speaks against a release as it is planned: what stops it, what a chair must have seen, what is good to know."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils import timezone

from accounts import letter_form
from reviews import open_reviews, queries
from reviews.domain import telltales
from reviews.domain.telltales import Telltale
from reviews.letters import decisions as letters
from reviews.models import Decision, Member
from reviews.release_plan import Item, Plan
from submissions import policy as papers_policy
from submissions import queries as paper_queries
from submissions.letters import moment_in_words
from submissions.models import Deadline, Paper
from submissions.services import mail

#: "stop": nothing is released; "tick": somebody must say that they have seen it; "note": good to know.
Weight = Literal["stop", "tick", "note"]
_UNFINISHED = r"\bTODO\b|\bXXX\b|\[(?:name|reason|title|text|insert[^\]]*)\]"
_LEFT_OVER = re.compile(rf"\{{[a-z_]{{2,40}}\}}|{_UNFINISHED}", re.IGNORECASE)
#: In the text of a letter placeholders are at home.
_LEFT_OVER_IN_TEXT = re.compile(_UNFINISHED, re.IGNORECASE)


@dataclass(frozen=True)
class Check:
    """One finding. `lines`: what it is about, a line each."""

    slug: str
    weight: Weight
    title: str
    lines: Sequence[str] = ()
    advice: str = ""

    @property
    def stamp(self) -> str:
        """What a tick refers to: exactly these lines."""
        return hashlib.sha256(
            "\n".join((self.slug, *self.lines)).encode("utf-8", "surrogatepass")
        ).hexdigest()[:12]


def of(plan: Plan) -> list[Check]:
    """Everything that was found, the gravest first. A constant number of queries, and one for each chair who decided."""
    finders = (
        _texts,
        _no_contact,
        _unsent,
        _reviews_missing,
        _still_open,
        _holes,
        _left_over,
        _tales,
        _response,
        _shepherds,
        _shepherds_in_conflict,
        _shepherds_gone,
        _deciders_in_conflict,
        _undecided,
    )
    found = [check for finder in finders for check in finder(plan)]
    found += [*_drafts(plan), *_corrections(plan), *_held(plan)]
    order = ("stop", "tick", "note")
    return sorted(found, key=lambda it: order.index(it.weight))


def unseen(checks: Iterable[Check], ticked: Iterable[str]) -> list[Check]:
    """Those that still have to be ticked."""
    known = set(ticked)
    return [it for it in checks if it.weight == "tick" and it.stamp not in known]


def _texts(plan: Plan) -> Iterator[Check]:
    wrong = {f"“{it.kind.label}”: {it.error}" for it in plan.items if it.error}
    if wrong:
        yield Check(
            "texts",
            "stop",
            "A letter cannot be written",
            sorted(wrong),
            "Correct its text on the page of letters.",
        )


def _no_contact(plan: Plan) -> Iterator[Check]:
    lines = [f"#{it.paper.number} {it.paper.title}" for it in plan.items if not it.readers]
    if lines:
        yield Check(
            "contacts",
            "tick",
            "Nobody can be written to",
            lines,
            "These papers have no contact with an address. Their authors find the decision on the site only.",
        )


def _unsent(plan: Plan) -> Iterator[Check]:
    """A conditional acceptance whose shepherd cannot be reached."""
    lines = [
        f"#{it.paper.number}: {it.decision.shepherd}"
        for it in plan.items
        if it.decision.shepherd
        and it.decision.shepherd.state == Member.State.ACCEPTED
        and not letters.shepherd_address(it.decision)
    ]
    if lines:
        yield Check("shepherd-address", "tick", "A shepherd has no address", lines, "Tell them yourself.")


def _still_open(plan: Plan) -> Iterator[Check]:
    now = timezone.now()
    lines = [
        f"#{it.paper.number} {it.paper.title}"
        for it in plan.items
        if paper_queries.open_for_authors(it.paper, now)
    ]
    if lines:
        yield Check(
            "still-open",
            "tick",
            "Authors can still change these papers",
            lines,
            "The deadline of submission is not over for them.",
        )


def _reviews_missing(plan: Plan) -> Iterator[Check]:
    wanted = queries.settings_of(plan.edition).reviews_per_paper
    lines = []
    for it in plan.items:
        if it.decision.outcome == Decision.Outcome.DESK_REJECT:
            continue
        got, expected = len(it.reviews), max(it.expected, wanted)
        if got < expected:
            lines.append(f"#{it.paper.number}: {got} of {expected} reviews.")
    if lines:
        yield Check(
            "reviews",
            "tick",
            "Reviews are missing",
            lines,
            "After the release no review can be submitted for these papers any more.",
        )


def _holes(plan: Plan) -> Iterator[Check]:
    """A sentence of the letter names something that this paper does not have."""
    lines = []
    for it in plan.items:
        if empty := _empty_in_sentences(it):
            named = ", ".join(f"{{{name}}}" for name in empty)
            lines.append(f"#{it.paper.number}, “{it.kind.label}”: {named}")
    if lines:
        yield Check(
            "holes",
            "tick",
            "A placeholder stands for nothing",
            lines,
            "A sentence of the letter has a gap. Fill in what is missing, or put the sentence into a paragraph of its own.",
        )


def _empty_in_sentences(item: Item) -> list[str]:
    """Placeholders within sentences that are filled with nothing."""
    values = {
        "shepherd": item.decision.shepherd.name if item.decision.shepherd else "",
        "category": str(item.decision.category or item.paper.category or ""),
        "own_category": str(item.paper.category or ""),
        "pages": letters.pages_in_words(item.decision.category or item.paper.category),
        "paper_title": item.paper.title,
        "conditions": item.decision.conditions,
        "to_authors": item.decision.to_authors,
        "contact": item.paper.edition.contact_email,
        "replaces": "x" if item.corrects else "",
    }
    found = []
    for paragraph in [item.text.subject, *re.split(r"\n[ \t]*\n", item.text.body)]:
        names = letter_form.placeholders(paragraph)
        alone = {
            line.strip()[1:-1] for line in paragraph.split("\n") if re.fullmatch(r"\s*\{[a-z_]+\}\s*", line)
        }
        empty = [name for name in names if not values.get(name, "x").strip()]
        left_out = len(empty) == len(names) or any(name in alone for name in empty)
        if not left_out:
            found += [name for name in empty if name not in found]
    return found


def _left_over(plan: Plan) -> Iterator[Check]:
    lines = []
    for it in plan.items:
        texts = {"text for the authors": it.decision.to_authors, "conditions": it.decision.conditions}
        for what, text in texts.items():
            if match := _LEFT_OVER.search(text):
                lines.append(f"#{it.paper.number}, {what}: “{match[0]}”")
    for kind, wording in {it.kind.label: it.text for it in plan.items}.items():
        said = re.sub(r"\{[^{}]*\}", "", f"{wording.subject}\n{wording.body}")
        lines += [f"The letter “{kind}”: “{match[0]}”" for match in _LEFT_OVER_IN_TEXT.finditer(said)]
    if lines:
        yield Check("left-over", "tick", "Something looks unfinished", lines, "It goes out as it stands.")


def _tales(plan: Plan) -> Iterator[Check]:
    committee = Member.objects.filter(
        edition=plan.edition, assignments__paper__in=[it.paper.pk for it in plan.items]
    )
    names: dict[int, list[str]] = {}
    for paper, name in committee.values_list("assignments__paper", "name"):
        names.setdefault(paper, []).append(name)
    lines = []
    for it in plan.items:
        guests = [given.review.guest_name for given in it.reviews if given.review.guest_name]
        reviewers = [*names.get(it.paper.pk, []), *guests]
        own = [
            ("the text for the authors", it.decision.to_authors),
            ("the conditions", it.decision.conditions),
        ]
        lines += [
            f"#{it.paper.number}, {found.slug}: {_told(found)}"
            for found in telltales.find(own, reviewers=reviewers)
        ]
        for given in it.reviews:
            texts = [(answer.question.label, str(answer.value)) for answer in given.shown.texts]
            lines += [
                f"#{it.paper.number}, review {given.shown.letter}, “{found.slug}”: {_told(found)}"
                for found in telltales.find(texts, reviewers=reviewers)
            ]
    if lines:
        yield Check(
            "telltales",
            "tick",
            "Authors could learn what they should not",
            lines,
            "Names, addresses, and words about other reviews or the discussion. Ask the reviewer to change it, or go on.",
        )


def _told(found: Telltale) -> str:
    return f"{found.message} “…{found.excerpt}…”"


def _response(plan: Plan) -> Iterator[Check]:
    open_until = (
        Deadline.objects.filter(edition=plan.edition, kind=Deadline.Kind.RESPONSE, at__gt=timezone.now())
        .order_by("at")
        .last()
    )
    if open_until is not None:
        yield Check(
            "response",
            "tick",
            "Authors may still respond to the reviews",
            [f"{open_until.label}: {moment_in_words(open_until.at, plan.edition, None)}"],
        )


def _shepherds(plan: Plan) -> Iterator[Check]:
    lines = [
        f"#{it.paper.number} {it.paper.title}"
        for it in plan.items
        if it.decision.outcome == Decision.Outcome.CONDITIONAL and it.decision.shepherd is None
    ]
    if lines:
        yield Check(
            "no-shepherd",
            "tick",
            "Accepted on conditions, without a shepherd",
            lines,
            "Nobody says when they are met.",
        )


def _shepherds_in_conflict(plan: Plan) -> Iterator[Check]:
    """Found since the decision: the shepherd's letter would tell of the paper and its authors."""
    chosen = Decision.objects.filter(pk__in=[it.decision.pk for it in plan.items], shepherd__isnull=False)
    found = set(chosen.filter(open_reviews.in_conflict("shepherd")).values_list("pk", flat=True))
    lines = [f"#{it.paper.number}: {it.decision.shepherd}" for it in plan.items if it.decision.pk in found]
    if lines:
        yield Check(
            "shepherd-conflict",
            "stop",
            "A shepherd has a conflict",
            lines,
            "Choose another for these papers.",
        )


def _shepherds_gone(plan: Plan) -> Iterator[Check]:
    lines = [
        f"#{it.paper.number}: {it.decision.shepherd}"
        for it in plan.items
        if it.decision.shepherd and it.decision.shepherd.state != Member.State.ACCEPTED
    ]
    if lines:
        yield Check(
            "shepherd-gone",
            "stop",
            "A shepherd is no longer in the committee",
            lines,
            "Choose another for these papers.",
        )


def _deciders_in_conflict(plan: Plan) -> Iterator[Check]:
    """A conflict was found or declared since somebody decided: another chair should look at it again."""
    by = {it.paper.pk: it.decision.decided_by for it in plan.items}
    walled = {
        (paper, user.pk)
        for user in {it for it in by.values() if it is not None}
        for paper in Paper.objects.filter(
            papers_policy.papers_walled_off_from(user), pk__in=by, edition=plan.edition
        ).values_list("pk", flat=True)
    }
    lines = [
        f"#{it.paper.number}: {user.name or user}"
        for it in plan.items
        if (user := by[it.paper.pk]) is not None and (it.paper.pk, user.pk) in walled
    ]
    if lines:
        yield Check(
            "decided-in-conflict",
            "tick",
            "Decided by somebody who has a conflict by now",
            lines,
            "Look at these decisions yourself before you release them.",
        )


def _undecided(plan: Plan) -> Iterator[Check]:
    if plan.undecided:
        lines = [", ".join(f"#{number}" for number in plan.undecided)]
        title = f"{_many(len(plan.undecided), 'paper has', 'papers have')} no decision"
        yield Check(
            "undecided", "note", title, lines, "Their authors hear nothing now; you can release them later."
        )


def _drafts(plan: Plan) -> Iterator[Check]:
    lines = [
        f"#{it.paper.number}, review {given.shown.letter}"
        for it in plan.items
        for given in it.reviews
        if given.draft
    ]
    if lines:
        yield Check(
            "drafts",
            "note",
            "Reviewers have begun changes that they did not submit",
            lines,
            "Authors get what was submitted.",
        )


def _corrections(plan: Plan) -> Iterator[Check]:
    lines = [f"#{it.paper.number} {it.paper.title}" for it in plan.items if it.corrects]
    if lines:
        yield Check(
            "corrections",
            "note",
            "Their authors had a letter before",
            lines,
            "The new one says that it replaces it.",
        )


def _held(plan: Plan) -> Iterator[Check]:
    if mail.held_since(plan.edition):
        yield Check(
            "held",
            "note",
            "The mail of this edition is held",
            (),
            "The authors' pages change in ten minutes all the same; the letters wait until you release the mail.",
        )


def _many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"

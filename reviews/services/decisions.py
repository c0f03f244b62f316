"""What becomes of papers: decided one by one or many at once, changed as often as wanted until it is released.

Every choice names the revision of the decision that its page showed. Where another chair decided meanwhile, nothing is
changed and the answer says what they decided.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEntry, User
from reviews import open_reviews, policy
from reviews.models import Assignment, Decision, Member
from reviews.services import assignments
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Category, Edition, Paper
from submissions.services.errors import NotAllowed, Refused, Stale

Outcome = Decision.Outcome
CONDITIONS_MAX_CHARS, NOTE_MAX_CHARS, TO_AUTHORS_MAX_CHARS = 5000, 10_000, 10_000
#: So many papers are decided at once at most: a preview that one can read.
MANY = 300
#: What a choice says instead of an outcome to take a decision back.
NONE = "none"


@dataclass(frozen=True)
class Choice:
    """What a chair wants. `outcome`: of `Decision.Outcome`, or "none" to take the decision back. `category`: the slug of
    the one to accept in, "" for the paper's own. `shepherd`: key of a member. For many papers at once an empty `note`
    or `to_authors` leaves what is there.
    """

    outcome: str
    category: str = ""
    shepherd: int | None = None
    conditions: str = ""
    note: str = ""
    to_authors: str = ""


class AlreadyDecided(Stale):
    """Others decided meanwhile; nothing was changed. `decisions`: what stands now, by the number of the paper."""

    def __init__(self, decisions: Mapping[int, Decision | None]) -> None:
        self.decisions = dict(decisions)
        told = " ".join(_stands(number, it) for number, it in self.decisions.items())
        super().__init__(f"Nothing was changed, because of what was decided meanwhile. {told}")


@dataclass(frozen=True)
class Change:
    """One line of the preview. `incomplete`: which reviews are still out; `problem`: why it cannot be (then nothing
    is applied to this paper); `follows`: what else would happen. All are sentences.
    """

    paper: Paper
    revision: int
    before: str
    after: str
    changes: bool
    incomplete: str = ""
    problem: str = ""
    follows: Sequence[str] = field(default_factory=tuple)

    @property
    def goes(self) -> bool:
        return self.changes and not self.problem


def decide(*, actor: User, paper: Paper, choice: Choice, revision: int) -> Decision | None:
    """Decide on `paper`; `revision` is that of the decision the page showed, 0 for none. None: it was taken back.

    Rejecting without review takes live assignments back; their members are told. Choosing what stands already is no
    change. Raises NotAllowed, AlreadyDecided (another chair was faster), Refused (released, or the choice does not fit).
    """
    choice = _clean(choice)
    with transaction.atomic():
        (held,) = _held(actor, paper.edition, [paper.number], choice)
        row, lines = _line(held, choice, held.facts)
        if held.revision != revision:
            raise AlreadyDecided({held.paper.number: held.decision})
        if lines.problem:
            raise Refused(f"{lines.problem} Nothing was changed.")
        if _same(held.decision, row):
            return held.decision
        _apply(actor, [(held, row)])
    return row


def preview(*, actor: User, edition: Edition, numbers: Iterable[int], choice: Choice) -> list[Change]:
    """What `apply_many` would do to each of these papers, by number. Changes nothing; constant queries.

    Numbers of papers that the actor does not handle are left out as if they did not exist. Raises NotAllowed, Refused
    for a choice that fits no paper, or too many papers.
    """
    choice = _clean(choice)
    found = _rows(actor, edition, numbers, choice, lock=False)
    return [_line(it, _kept(it, choice), it.facts)[1] for it in found]


def apply_many(*, actor: User, edition: Edition, choice: Choice, expected: Mapping[int, int]) -> list[Paper]:
    """Decide on many papers: all of `expected` (number → revision as the preview showed it), or none.

    Papers that the choice does not change are left as they are. Returns those that changed. Raises NotAllowed,
    AlreadyDecided with every paper that others decided since the preview, Refused where the choice does not fit one.
    """
    choice = _clean(choice)
    with transaction.atomic():
        found = _held(actor, edition, expected, choice)
        if len(found) != len(expected):
            raise NotAllowed("There is no such paper.")
        others = {it.paper.number: it.decision for it in found if it.revision != expected[it.paper.number]}
        if others:
            raise AlreadyDecided(others)
        todo = [(it, *_line(it, _kept(it, choice), it.facts)) for it in found]
        if problems := [line.problem for _, _, line in todo if line.problem]:
            raise Refused(f"Nothing was changed. {' '.join(problems)}")
        changed = [(it, row) for it, row, line in todo if line.changes]
        _apply(actor, changed)
    return [it.paper for it, _ in changed]


def take_back(*, actor: User, paper: Paper, revision: int) -> None:
    """Undo a decision that is not released: the paper is undecided again. The record keeps what it was.

    Reviewers whose assignments ended with a rejection without review are not asked again by themselves. Raises like
    `decide`.
    """
    decide(actor=actor, paper=paper, choice=Choice(NONE), revision=revision)


def is_frozen(decision: Decision | None) -> bool:
    """Whether the decision is part of a release that was not undone: it no longer changes."""
    return decision is not None and decision.release is not None and decision.release.undone_at is None


def in_words(outcome: str, category: Category | None = None) -> str:
    """A decision in a few words: "accept as Short paper", "no decision"."""
    if not outcome or outcome == NONE:
        return "no decision"
    label = Outcome(outcome).label
    if category is None:
        return label
    return f"accept as {category.name}" + (" on conditions" if outcome == Outcome.CONDITIONAL else "")


def words_of(decision: Decision | None) -> str:
    return in_words(decision.outcome, decision.category) if decision else "no decision"


def revisions(papers: Iterable[Paper], decisions: Mapping[int, Decision]) -> dict[int, int]:
    """What a page must send back for each paper, by its key. One query.

    A decision that was taken back leaves no row but a number: a page from before it does not fit any later one.
    """
    keys = [it.pk for it in papers]
    gone = dict(
        AuditEntry.objects.filter(
            verb="decision.taken_back", subject_type=Paper._meta.label_lower, subject_id__in=keys
        )
        .values_list("subject_id")
        .annotate(number=Count("pk"))
    )
    return {pk: _revision(decisions.get(pk), gone.get(pk, 0)) for pk in keys}


def _revision(decision: Decision | None, gone: int) -> int:
    """Counts up through decisions and their taking back; a decision has been changed less than a thousand times."""
    return gone * 1000 + (decision.revision if decision else 0)


# -- what a choice would do to one paper ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Facts:
    """What a choice is checked against. `bound`: papers that a conflict keeps the shepherd from."""

    categories: Mapping[str, Category]
    shepherd: Member | None
    bound: Collection[int]


@dataclass(frozen=True)
class _Row:
    paper: Paper
    decision: Decision | None
    revision: int
    live: int
    submitted: int
    facts: _Facts


def _rows(actor: User, edition: Edition, numbers: Iterable[int], choice: Choice, *, lock: bool) -> list[_Row]:
    """The papers among `numbers` that the actor handles and that are under review, with what is decided so far."""
    if not policy.may_run_committee(actor, edition):
        raise NotAllowed("There is no such paper.")
    wanted = set(numbers)
    if len(wanted) > MANY:
        raise Refused(f"These are {len(wanted)} papers; at most {MANY} are decided at once. Choose fewer.")
    papers = Paper.objects.filter(
        papers_policy.papers_handled_by(actor), edition=edition, number__in=wanted, state=State.SUBMITTED
    )
    found = list(papers.select_related("edition", "category").order_by("number"))
    decided = Decision.objects.filter(paper__in=found)
    if lock:
        decided = decided.select_for_update(of=("self",))
    related = decided.select_related("category", "release", "decided_by", "shepherd")
    decisions = {it.paper_id: it for it in related}
    numbers_of = revisions(found, decisions)
    counts = {
        paper: (live, submitted)
        for paper, live, submitted in Assignment.objects.live()
        .filter(paper__in=found)
        .order_by()
        .values_list("paper")
        .annotate(live=Count("pk"), submitted=Count("pk", filter=Q(review__submitted_at__isnull=False)))
    }
    facts = _facts(edition, found, choice)
    return [
        _Row(it, decisions.get(it.pk), numbers_of[it.pk], *counts.get(it.pk, (0, 0)), facts) for it in found
    ]


def _held(actor: User, edition: Edition, numbers: Iterable[int], choice: Choice) -> list[_Row]:
    """The same, kept from others until the transaction ends. Raises NotAllowed when none of them is there."""
    wanted = set(numbers)
    if choice.outcome == Outcome.DESK_REJECT:
        assignments.hold(edition)  # assignments are taken back: their order of holding comes first
    else:
        rows = Paper.objects.select_for_update(of=("self",)).filter(edition=edition, number__in=wanted)
        list(rows.order_by("pk").values_list("pk"))
    found = _rows(actor, edition, wanted, choice, lock=True)
    if not found:
        raise NotAllowed("There is no such paper.")
    return found


def _facts(edition: Edition, papers: Sequence[Paper], choice: Choice) -> _Facts:
    categories = {it.slug: it for it in edition.categories.all()}
    if choice.category and choice.category not in categories:
        raise Refused(f"“{choice.category[:40]}” is not a category of this call. Nothing was changed.")
    shepherd, bound = None, set[int]()
    if choice.shepherd is not None:
        members = Member.objects.filter(edition=edition, state=Member.State.ACCEPTED)
        shepherd = members.filter(pk=choice.shepherd).first()
        if shepherd is None:
            raise Refused(
                "The shepherd you chose is not in this committee. Choose another. Nothing was changed."
            )
        barred = open_reviews.papers_in_conflict(shepherd).filter(pk__in=[it.pk for it in papers])
        bound = set(barred.values_list("pk", flat=True))
    return _Facts(categories, shepherd, bound)


def _kept(it: _Row, choice: Choice) -> Choice:
    """The choice for one of many papers: texts and a shepherd that it leaves out stay as they are."""
    former = it.decision
    if former is None:
        return choice
    note, to_authors = choice.note or former.note, choice.to_authors or former.to_authors
    shepherd = choice.shepherd
    if shepherd is None and choice.outcome == Outcome.CONDITIONAL:
        shepherd = former.shepherd_id
    return Choice(choice.outcome, choice.category, shepherd, choice.conditions, note, to_authors)


def _line(it: _Row, choice: Choice, facts: _Facts) -> tuple[Decision | None, Change]:
    """The decision as it would be (not saved; None for none), and the line that says so."""
    row = None if choice.outcome == NONE else _row(it, choice, facts)
    problem = _problem(it, choice, facts)
    changes = not _same(it.decision, row)
    follows = []
    if choice.outcome == Outcome.DESK_REJECT and it.live:
        follows.append(
            f"{_many(it.live, 'assignment is', 'assignments are')} taken back; the reviewers are told by mail."
        )
    elif it.decision is not None and it.decision.outcome == Outcome.DESK_REJECT and changes:
        follows.append("Its former reviewers are not asked again by themselves: assign them anew.")
    if row is not None and row.outcome == Outcome.CONDITIONAL:
        kept = it.decision.shepherd if it.decision else None
        follows.append(f"Shepherd: {facts.shepherd or kept or 'nobody yet'}.")
    out = it.live - it.submitted
    incomplete = ""
    if choice.outcome not in (NONE, Outcome.DESK_REJECT) and (out or not it.submitted):
        incomplete = f"{it.submitted} of {it.live} reviews are in." if it.live else "Nobody reviews it."
    line = Change(
        it.paper, it.revision, words_of(it.decision), words_of(row), changes, incomplete, problem, follows
    )
    return row, line


def _problem(it: _Row, choice: Choice, facts: _Facts) -> str:
    number = f"#{it.paper.number}"
    if is_frozen(it.decision):
        return f"The decision on {number} is released ({words_of(it.decision)}); undo the release while it is held, or correct the decision afterwards (Decisions, Release)."
    if choice.outcome == Outcome.DESK_REJECT and it.submitted:
        return f"{number} has {_many(it.submitted, 'review', 'reviews')}: reject it instead, so that its authors get them."
    if facts.shepherd is not None and it.paper.pk in facts.bound:
        return (
            f"{facts.shepherd} has a conflict with {number} and cannot be its shepherd. Choose somebody else."
        )
    return ""


def _row(it: _Row, choice: Choice, facts: _Facts) -> Decision:
    row = Decision(paper=it.paper, outcome=choice.outcome, note=choice.note, to_authors=choice.to_authors)
    if choice.outcome in Decision.ACCEPTED:
        category = facts.categories.get(choice.category)
        row.category = None if category is None or category.pk == it.paper.category_id else category
        row.shepherd_id, row.conditions = choice.shepherd, choice.conditions
    return row


_FIELDS = ("outcome", "category_id", "shepherd_id", "conditions", "note", "to_authors")


def _same(one: Decision | None, other: Decision | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(getattr(one, name) == getattr(other, name) for name in _FIELDS)


def _clean(choice: Choice) -> Choice:
    """The choice as it is kept. Raises Refused for what no decision can be."""
    if choice.outcome not in {NONE, *Outcome.values}:
        offered = ", ".join(str(it.label) for it in Outcome)
        raise Refused(f"“{choice.outcome[:40]}” is not a decision. There is {offered}. Nothing was changed.")
    conditions = _text(choice.conditions, "conditions", CONDITIONS_MAX_CHARS)
    note = _text(choice.note, "note", NOTE_MAX_CHARS)
    to_authors = _text(choice.to_authors, "text for the authors", TO_AUTHORS_MAX_CHARS)
    if choice.outcome == Outcome.CONDITIONAL and not conditions:
        raise Refused("Write the conditions: the authors read them, and the shepherd checks them.")
    if choice.outcome != Outcome.CONDITIONAL:
        conditions = ""
    accepted = choice.outcome in Decision.ACCEPTED
    shepherd = choice.shepherd if choice.outcome == Outcome.CONDITIONAL else None
    return Choice(choice.outcome, choice.category if accepted else "", shepherd, conditions, note, to_authors)


def _text(text: str, what: str, most: int) -> str:
    kept = text.replace("\r\n", "\n").replace("\0", "").strip()
    if len(kept) > most:
        raise Refused(f"The {what} has {len(kept)} characters; at most {most} fit. Nothing was changed.")
    return kept


# -- doing it -------------------------------------------------------------------------------------------------------------


def _apply(actor: User, chosen: Sequence[tuple[_Row, Decision | None]]) -> None:
    """Write decisions over the former ones, and take assignments back where nobody reviews any more."""
    for it, row in chosen:
        _write(actor, it, row)
    over = [it.paper for it, row in chosen if row is not None and row.outcome == Outcome.DESK_REJECT]
    if over:
        assignments.end(over[0].edition, over, actor=actor)


def _write(actor: User, it: _Row, row: Decision | None) -> None:
    before = it.decision
    data = {name: [_told(before, name), _told(row, name)] for name in (*_SHOWN, *_FIELDS[3:])}
    data = {name: pair for name, pair in data.items() if pair[0] != pair[1]}
    if row is None:
        assert before is not None  # noqa: S101 - from none to none is no change
        before.delete()
        verb = "decision.taken_back"
    else:
        verb = "decision.changed" if before else "decision.made"
        row.pk, row.revision = (before.pk, before.revision + 1) if before else (None, 1)
        row.decided_by, row.decided_at = actor, timezone.now()
        row._state.adding = before is None
        row.save()
    audit.record(actor=actor, verb=verb, subject=it.paper, edition=it.paper.edition.slug, data=data)


_SHOWN = ("outcome", "category", "shepherd")


def _told(decision: Decision | None, name: str) -> Any:
    value = getattr(decision, name) if decision else None
    return str(value) if value not in (None, "") else None


def _stands(number: int, decision: Decision | None) -> str:
    if decision is None:
        return f"#{number}: another chair took the decision back."
    who = decision.decided_by.name if decision.decided_by else "another chair"
    return f"#{number}: {who or decision.decided_by} decided “{words_of(decision)}”."


def _many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"

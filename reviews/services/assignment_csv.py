"""Assignments as a CSV file, `paper,action,email,round`: taken out, and put in after a look at what would change."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from reviews import open_reviews
from reviews.domain import assignment_csv as sheets
from reviews.domain.assignment_csv import Row
from reviews.domain.assignment_facts import Facts, Options, Pair
from reviews.letters import assignments as letters
from reviews.models import Assignment, Member, PairRule
from reviews.models.assignment import Round
from reviews.services import assignments, matrix
from reviews.services.applying import REPLANNED
from reviews.services.assignments import HOLD
from submissions import chair_list
from submissions.models import Edition, Paper
from submissions.services.errors import Refused, Stale

#: Errors that one sentence names; the page of the preview has all.
NAMED = 10
WHY = {
    "own": "is an author of it",
    "declared": "was declared a conflict by its authors",
    "conflict": "has a conflict with it",
    "declined": "declined it and is not asked again",
    "rule": "was forbidden for it by a chair; “unlock” the pair first",
}


@dataclass(frozen=True)
class Line:
    """One effect, in words. `does`: "offer", "take", "round", "lock", "forbid", "unlock" or "nothing"."""

    line: int
    paper: str
    member: str
    does: str
    words: str


@dataclass(frozen=True)
class Preview:
    """What a file would do. With `errors` (line number and sentence) nothing can be applied. `stamp` goes with the form."""

    lines: Sequence[Line]
    errors: Sequence[tuple[int, str]]
    stamp: str

    @property
    def changes(self) -> int:
        return sum(it.does != "nothing" for it in self.lines)


def preview(*, actor: User, edition: Edition, text: str) -> Preview:
    """Read a file without changing anything; a constant number of queries. Raises NotAllowed."""
    return _Reading(actor, edition, text).preview()


def put_in(*, actor: User, edition: Edition, text: str, stamp: str) -> int:
    """Do everything the file says, or nothing; returns how many changes. Raises NotAllowed, Refused, Stale."""
    with transaction.atomic():
        edition = assignments.hold(edition)
        reading = _Reading(actor, edition, text)
        told = reading.preview()
        if told.errors:
            more = len(told.errors) - NAMED
            sentences = [f"Line {line}: {words}" if line else words for line, words in told.errors[:NAMED]]
            rest = [f"And {more} more."] if more > 0 else []
            raise Refused(" ".join(["Nothing was changed.", *sentences, *rest]))
        if told.stamp != stamp:
            raise Stale(
                "The assignments, the committee or its conflicts changed since you looked at the file. Nothing was "
                "changed; look at it again."
            )
        counts = reading.carry_out(edition)
        audit.record(
            actor=actor,
            verb="assignment.imported",
            subject=edition,
            edition=edition.slug,
            data={"file": [None, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()]},
        )
    return sum(counts.values())


def take_out(*, actor: User, edition: Edition) -> Iterator[str]:
    """The live assignments and rules of the papers the actor handles, line by line. Raises NotAllowed."""
    facts = matrix.gather(actor=actor, edition=edition, options=Options())
    numbers = {it.pk: it.number for it in facts.papers}
    live = Assignment.objects.live().filter(paper__edition=edition).select_related("member__user")
    rules = PairRule.objects.filter(paper__edition=edition).select_related("member__user")
    rows = [(it.paper_id, "review", letters.address_of(it.member), it.round) for it in live]
    rows += [(it.paper_id, it.kind, letters.address_of(it.member), "") for it in rules]
    told = sorted(
        (numbers[paper], email, action, round_) for paper, action, email, round_ in rows if paper in numbers
    )
    yield "paper,action,email,round\r\n"
    for number, email, action, round_ in told:
        if email:
            yield f"{number},{action},{_cell(email)},{round_}\r\n"


def _cell(email: str) -> str:
    email = chair_list.harmless(email)
    return f'"{email.replace(chr(34), chr(34) * 2)}"' if any(sign in email for sign in ',"') else email


@dataclass
class _State:
    """How the pairs stand while the lines are followed one after the other."""

    live: dict[Pair, str] = field(default_factory=dict)
    rules: dict[Pair, str] = field(default_factory=dict)


class _Reading:
    """A file held against the facts of this moment: what each line means, and what they come to together."""

    def __init__(self, actor: User, edition: Edition, text: str) -> None:
        self._actor, self._edition, self._text = actor, edition, text
        self.facts: Facts = matrix.gather(actor=actor, edition=edition, options=Options())
        self._closed = open_reviews.closed(edition)
        self._number = {it.number: it.pk for it in self.facts.papers}
        papers = set(self._number.values())
        members = Member.objects.select_related("user").in_bulk([it.pk for it in self.facts.members])
        self._members = members
        self._address = matrix.addresses(list(members.values()))
        self._before = _State()
        for row in Assignment.objects.live().filter(paper__edition=edition):
            if row.paper_id in papers:
                self._before.live[row.paper_id, row.member_id] = row.round
        for rule in PairRule.objects.filter(paper__edition=edition):
            if rule.paper_id in papers:
                self._before.rules[rule.paper_id, rule.member_id] = rule.kind
        self._after = _State(dict(self._before.live), dict(self._before.rules))
        self._lines: list[Line] = []
        sheet = sheets.read(text, rounds=Round.values)
        self._errors = list(sheet.errors)
        for line in sheet.rows:
            self._follow(line)

    def preview(self) -> Preview:
        marks = self.facts.fingerprints()
        facts = [marks[part] for part in ("papers", "roster", "conflicts", "rules", "present")]
        stamp = hashlib.sha256("\n".join([*facts, self._text]).encode("utf-8", "surrogatepass")).hexdigest()[
            :32
        ]
        return Preview(self._lines, sorted(self._errors), stamp)

    def _follow(self, row: Row) -> None:
        paper = self._number.get(row.paper)
        if paper is None:
            self._errors.append(
                (row.line, f"There is no submitted paper #{row.paper} among those you handle.")
            )
            return
        if row.email == sheets.ALL:
            for pair in sorted(pair for pair in self._after.live if pair[0] == paper):
                self._do(row, pair)
            return
        member = self._address.get(row.email)
        if member is None:
            self._errors.append(
                (
                    row.line,
                    f"“{row.email[:100]}” is nobody who reviews here. Add or invite this person first.",
                )
            )
            return
        self._do(row, (paper, member))

    def _do(self, row: Row, pair: Pair) -> None:
        name, number = self._name(pair[1]), f"#{row.paper}"
        outcome = self._step(row, pair, name, number)
        if isinstance(outcome, str):
            self._errors.append((row.line, outcome))
        else:
            does, words = outcome
            self._lines.append(Line(row.line, number, name, does, words))

    def _step(self, row: Row, pair: Pair, name: str, number: str) -> tuple[str, str] | str:
        """What one line does to one pair: (kind, words), or the sentence that says why it cannot."""
        live, rules = self._after.live, self._after.rules
        if row.action == "clear":
            if live.pop(pair, None) is None:
                return "nothing", f"{name} does not review {number}"
            return "take", f"{name} no longer reviews {number}"
        if row.action == "unlock":
            former = rules.pop(pair, "")
            return ("unlock", f"{name} and {number}: no rule") if former else ("nothing", "there is no rule")
        if row.action == "forbid":
            if rules.get(pair) == row.action:
                return "nothing", f"{name} is forbidden for {number} already"
            rules[pair] = row.action
            stays = "; the present assignment stays until it is cleared" if pair in live else ""
            return "forbid", f"{name} must not get {number}{stays}"
        if (why := self._closed.get(pair[0])) and row.action == "review" and pair not in live:
            return f"{number} {why}."
        if why := self._kept_apart(pair):
            return f"{name} cannot review {number}: {name} {WHY[why]}."
        if row.action == "lock":
            if rules.get(pair) == row.action:
                return "nothing", f"{name} is locked on {number} already"
            rules[pair] = row.action
            return "lock", f"{name} must review {number} in every coming plan"
        before = live.get(pair)
        live[pair] = row.round or before or Round.FIRST
        if before is None:
            return "offer", f"{name} is asked to review {number}"
        if before != live[pair]:
            return "round", f"{name} reviews {number} in the round “{live[pair]}”"
        return "nothing", f"{name} reviews {number} already"

    def _kept_apart(self, pair: Pair) -> str:
        """The reason for which a pair is forbidden at this line; a rule may have gone, or come, by an earlier line."""
        why = self.facts.forbidden.get(pair, "")
        if why not in ("", "rule"):
            return why
        return "rule" if self._after.rules.get(pair) == PairRule.Kind.FORBID else ""

    def _name(self, member: int) -> str:
        known = self._members.get(member)
        if known is None:  # somebody who no longer reviews and still has the paper
            known = self._members[member] = Member.objects.select_related("user").get(pk=member)
        return known.name

    def carry_out(self, edition: Edition) -> dict[str, int]:
        """Write the difference between before and after. Returns the counts."""
        before, after = self._before, self._after
        offered = [pair for pair in after.live if pair not in before.live]
        taken = [pair for pair in before.live if pair not in after.live]
        moved = [pair for pair, round_ in after.live.items() if before.live.get(pair, round_) != round_]
        papers = Paper.objects.in_bulk({paper for paper, _ in [*offered, *taken, *moved]})
        rows = {(it.paper_id, it.member_id): it for it in Assignment.objects.filter(paper__in=list(papers))}
        news: dict[int, letters.News] = {}
        for pair in offered:
            row = rows.get(pair) or Assignment(paper_id=pair[0], member_id=pair[1])
            assignments.offer(row, actor=self._actor, round_=after.live[pair], score=None)
            row.save()
            self._news(news, pair).offered.append(papers[pair[0]])
        for pair in taken:
            rows[pair].state, rows[pair].reason = Assignment.State.WITHDRAWN, REPLANNED
            rows[pair].save(update_fields=["state", "reason"])
            self._news(news, pair).taken.append((papers[pair[0]], REPLANNED))
        for pair in moved:
            rows[pair].round = after.live[pair]
            rows[pair].save(update_fields=["round"])
        rules = self._write_rules()
        letters.tell(edition, news.values(), due_at=timezone.now() + HOLD)
        return {
            "offered": len(offered),
            "taken back": len(taken),
            "round changed": len(moved),
            "rules": rules,
        }

    def _news(self, news: dict[int, letters.News], pair: Pair) -> letters.News:
        return news.setdefault(pair[1], letters.News(self._members[pair[1]]))

    def _write_rules(self) -> int:
        before, after = self._before.rules, self._after.rules
        by_kind: dict[str, list[Pair]] = defaultdict(list)
        for pair in before.keys() | after.keys():
            if before.get(pair) != after.get(pair):
                by_kind[after.get(pair, "")].append(pair)
        for kind, pairs in by_kind.items():
            for paper, member in pairs:
                if kind:
                    values = {"kind": kind, "set_by": self._actor, "at": timezone.now()}
                    PairRule.objects.update_or_create(paper_id=paper, member_id=member, defaults=values)
                else:
                    PairRule.objects.filter(paper=paper, member=member).delete()
        return sum(map(len, by_kind.values()))

"""What the search for conflicts is told: members, papers and earlier editions as plain facts, in a constant number of queries."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from reviews import data as lists
from reviews import queries
from reviews.domain import conflicts
from reviews.domain.conflicts.facts import EarlierPaper, MemberFacts, PaperFacts, Publication, Window
from reviews.domain.conflicts.names import Person
from reviews.models import Conflict, Member, OwnPaper
from submissions.domain.deadlines import zone
from submissions.models import Author, Deadline, DeclaredConflict, Edition, Paper


@dataclass(frozen=True)
class Known:
    """Everything the search looks at.

    `drafts` are papers that were never in: conflicts with them are found, but nothing follows from them for other papers,
    for anybody may write any name into a draft. `revisions` says of which version of each paper this was read.
    """

    window: Window
    members: tuple[MemberFacts, ...]
    papers: tuple[PaperFacts, ...]
    drafts: tuple[PaperFacts, ...]
    earlier: tuple[EarlierPaper, ...]
    revisions: Mapping[int, int] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Equal as long as a search would say the same: for equal facts, under equal rules and lists."""
        told = (self.window, self.members, self.papers, self.drafts, self.earlier, _rules())
        return hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()


def of_edition(edition: Edition) -> Known:
    """What there is to look at in `edition`: members but removed ones, papers of every state."""
    return _known(edition, Paper.objects.filter(edition=edition))


def of_paper(paper: Paper) -> Known:
    """The same for one paper, seen alone: nothing follows from it, and nothing from other papers of the edition."""
    known = _known(paper.edition, Paper.objects.filter(pk=paper.pk))
    return Known(
        known.window, known.members, (), (*known.papers, *known.drafts), known.earlier, known.revisions
    )


def _known(edition: Edition, papers: QuerySet[Paper]) -> Known:
    on, presented = _dates(edition)
    members = list(Member.objects.filter(edition=edition).exclude(state=Member.State.REMOVED).order_by("pk"))
    facts = members_facts(edition, members)
    came_in: list[PaperFacts] = []
    drafts: list[PaperFacts] = []
    revisions = {}
    for pk, revision, submitted_at, it in _papers(papers, members):
        (drafts if submitted_at is None else came_in).append(it)
        revisions[pk] = revision
    return Known(
        window=Window(on=on, years=queries.settings_of(edition).conflict_years),
        members=tuple(facts),
        papers=tuple(came_in),
        drafts=tuple(drafts),
        earlier=_earlier(presented),
        revisions=revisions,
    )


# -- members --------------------------------------------------------------------------------------------------------------


def members_facts(
    edition: Edition, members: Iterable[Member], *, with_publications: bool = True
) -> list[MemberFacts]:
    """Of each member the roster's entry, the account with its proven addresses, own papers and collaborators."""
    named = Member.objects.filter(edition=edition).exclude(email="").values("email")
    proven = EmailAddress.objects.filter(verified=True)
    users = User.objects.filter(
        Q(memberships__edition=edition) | Q(pk__in=proven.filter(email__in=named).values("user"))
    ).distinct()
    accounts = {user.pk: user for user in users}
    addresses: dict[int, list[str]] = defaultdict(list)
    of_address: dict[str, int] = {}
    for user, email in proven.filter(user__in=users.values("pk")).order_by("pk").values_list("user", "email"):
        addresses[user].append(email)
        of_address[email.lower()] = user
    publications: dict[int, list[Publication]] = defaultdict(list)
    own = OwnPaper.objects.filter(member__edition=edition).order_by("pk")
    for member, title, year, authors in (
        own.values_list("member", "title", "year", "authors") if with_publications else ()
    ):
        names = tuple(str(it) for it in authors) if isinstance(authors, list) else ()
        publications[member].append(Publication(title, names, year))
    found = []
    for it in members:
        # Whoever has proven the address of the roster holds the place, connected or not.
        account = accounts.get(it.user_id or of_address.get(it.email, 0))
        emails = [it.email, *(addresses[account.pk] if account else ())]
        found.append(
            MemberFacts(
                key=str(it.pk),
                person=Person(
                    names=_each(it.name, account.name if account else ""),
                    emails=_each(*emails),
                    orcid=account.orcid if account else "",
                    affiliations=_each(it.affiliation, account.affiliation if account else ""),
                ),
                collaborators=_lines(it.collaborators),
                publications=tuple(publications[it.pk]),
            )
        )
    return found


def _each(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text.strip()))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


# -- papers ---------------------------------------------------------------------------------------------------------------


def papers_facts(papers: QuerySet[Paper], members: Iterable[Member]) -> list[PaperFacts]:
    """`papers` with their authors and what these declared."""
    return [it for _, _, _, it in _papers(papers, members)]


def _papers(papers: QuerySet[Paper], members: Iterable[Member]) -> list[tuple[int, int, object, PaperFacts]]:
    authors, declared = _people(papers), _declared(papers, members)
    rows = papers.order_by("pk").values_list(
        "pk", "number", "revision", "submitted_at", "conflict_institutions"
    )
    return [
        (
            pk,
            revision,
            submitted_at,
            PaperFacts(
                key=str(pk),
                label=f"#{number}",
                authors=tuple(authors[pk]),
                declared_members=tuple(str(it) for it in sorted(declared[pk])),
                declared_institutions=_lines(institutions),
            ),
        )
        for pk, number, revision, submitted_at, institutions in rows
    ]


def _people(papers: QuerySet[Paper]) -> dict[int, list[Person]]:
    found: dict[int, list[Person]] = defaultdict(list)
    rows = Author.objects.filter(paper__in=papers.values("pk")).order_by("paper", "position")
    for paper, name, email, orcid, affiliation in rows.values_list(
        "paper", "name", "email", "orcid", "affiliation"
    ):
        found[paper].append(Person(_each(name), _each(email), orcid, _each(affiliation)))
    return found


def _declared(papers: QuerySet[Paper], members: Iterable[Member]) -> dict[int, set[int]]:
    """{paper: members its authors ticked}. The list they tick from is one of names: a line stands for its place, and for
    whoever has its account, address or name (as in submissions.policy)."""
    keys: dict[tuple[str, object], set[int]] = defaultdict(set)
    for it in members:
        keys["name", it.name].add(it.pk)
        keys["role", it.role_id].add(it.pk)
        keys["user", it.user_id].add(it.pk)
        keys["email", it.email].add(it.pk)
    found: dict[int, set[int]] = defaultdict(set)
    rows = DeclaredConflict.objects.filter(paper__in=papers.values("pk"))
    for paper, role, name, user, email in rows.values_list(
        "paper", "role", "role__name", "role__user", "role__email"
    ):
        found[paper] |= keys["role", role] | keys["name", name]
        found[paper] |= keys["user", user] if user else set()
        found[paper] |= keys["email", email] if email else set()
    return found


# -- editions -------------------------------------------------------------------------------------------------------------


def _dates(edition: Edition) -> tuple[date, dict[int, tuple[str, date]]]:
    """The day joint work is counted back from, and {earlier edition of the series: its name and its last date}."""
    submission: dict[int, date] = {}
    last: dict[int, tuple[str, date]] = {}
    rows = Deadline.objects.filter(edition__series=edition.series).order_by("at")
    for pk, name, zone_name, kind, at in rows.values_list(
        "edition", "edition__short_name", "edition__time_zone", "kind", "at"
    ):
        day = at.astimezone(zone(zone_name)).date()
        last[pk] = name, day
        if kind == Deadline.Kind.SUBMISSION:
            submission[pk] = day
    on = submission.get(edition.pk) or timezone.now().date()
    before = {pk for pk, day in submission.items() if pk != edition.pk and day < on}
    return on, {pk: told for pk, told in last.items() if pk in before}


def _earlier(presented: Mapping[int, tuple[str, date]]) -> tuple[EarlierPaper, ...]:
    """Papers that were in, in earlier editions. They are named without number or title: who chairs this edition need not
    have been a chair of that one."""
    papers = Paper.objects.filter(edition__in=list(presented), submitted_at__isnull=False)
    people = _people(papers)
    return tuple(
        EarlierPaper(f"a paper for {presented[edition][0]}", presented[edition][1], tuple(people[pk]))
        for pk, edition in papers.order_by("pk").values_list("pk", "edition")
    )


# -- what was found -------------------------------------------------------------------------------------------------------

#: Rules that the search answers for.
FOUND = tuple(rule for rule in Conflict.Rule if rule not in Conflict.DECLARED)


@cache
def _rules() -> str:
    """A mark of the rules and lists: a new release may find what an old one did not."""
    mark = hashlib.sha256()
    for package in (conflicts, lists):
        for path in sorted(Path(str(package.__file__)).parent.iterdir()):
            if path.suffix in {".py", ".tsv", ".txt"}:
                mark.update(path.read_bytes())
    return mark.hexdigest()

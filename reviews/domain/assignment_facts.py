"""What a plan was made from, small enough to keep and to compare: papers, people, what keeps them apart, present pairs.

Plain values only, so that a page can compare two of them without numpy.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

#: A paper and a member, by primary key.
Pair = tuple[int, int]
#: How many names a sentence holds before it says “and 3 more”.
NAMED = 5

#: Why a pair is forbidden, in words that follow “Anna Bell and #4: ”.
REASONS = {
    "own": "their own paper",
    "declared": "declared a conflict by the authors",
    "conflict": "a conflict",
    "declined": "declined",
    "rule": "forbidden by a chair",
}


@dataclass(frozen=True)
class Options:
    """What the chair asks a plan for. `proposals.options_for` fills the defaults from the committee's settings."""

    #: "first": each paper has `reviews` in all; "extra": `reviews` more than it has; "emergency": as first, and whoever
    #: is assigned stays.
    round: str = "first"
    reviews: int = 3
    #: Numbers of papers; empty: all that the chair handles and that are submitted.
    papers: tuple[int, ...] = ()
    fair: bool = True
    #: Share of the total that lifting the weakest tenth may cost.
    price_cap: float = 0.005
    one_per_institution: bool = False
    one_senior: bool = False
    no_coauthors: bool = False
    #: None: not randomised.
    max_probability: float | None = None
    seed: int = 1
    #: False: assignments that were not accepted yet may be moved.
    keep_present: bool = True

    @property
    def keeps(self) -> bool:
        """Whether everybody who is assigned stays: always, where reviewers are only added."""
        return self.keep_present or self.round != "first"

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Options:
        """From what was kept as JSON; what is not known is left out."""
        known = {field.name for field in fields(cls)}
        values = {name: value for name, value in kept.items() if name in known}
        return cls(**{**values, "papers": tuple(values.get("papers", ()))})


@dataclass(frozen=True)
class PaperFact:
    pk: int
    number: int


@dataclass(frozen=True)
class MemberFact:
    """`load`: papers at most, 0 for who is away all the time; `elsewhere`: live ones outside of this run that the chair
    sees. `institution` "" is nobody's."""

    pk: int
    name: str
    load: int
    least: int = 0
    institution: str = ""
    senior: bool = False
    away: bool = False
    elsewhere: int = 0


@dataclass(frozen=True)
class Present:
    """A live assignment. `fixed`: accepted or begun, so that no plan moves it."""

    state: str
    fixed: bool = False


@dataclass(frozen=True)
class Facts:
    """Papers, members, forbidden and locked pairs, present assignments and settings, as of one moment."""

    options: Options
    papers: tuple[PaperFact, ...]
    members: tuple[MemberFact, ...]
    #: Forbidden pairs with a key of REASONS.
    forbidden: dict[Pair, str] = field(default_factory=dict)
    #: Pairs that a chair locked.
    locks: frozenset[Pair] = frozenset()
    present: dict[Pair, Present] = field(default_factory=dict)
    #: Members who wrote something together.
    coauthors: frozenset[Pair] = frozenset()
    #: Fingerprints of what decides the scores and is not kept here: "scores" and "settings".
    marks: dict[str, str] = field(default_factory=dict)

    def kept(self) -> set[Pair]:
        """Pairs that every plan must hold: locked ones, and present ones that stay. A conflict ends both."""
        stays = {
            pair
            for pair, it in self.present.items()
            if (self.options.keeps or it.fixed) and pair not in self.forbidden
        }
        return stays | set(self.locks)

    def needs(self) -> list[int]:
        """How many reviewers each paper shall have, in the order of `papers`."""
        kept, held = self.kept(), self._live_counts()
        by_paper = dict.fromkeys((paper.pk for paper in self.papers), 0)
        for paper, _ in kept:
            by_paper[paper] += 1
        extra = self.options.round == "extra"
        wanted = {pk: self.options.reviews + (held.get(pk, 0) if extra else 0) for pk in by_paper}
        return [max(wanted[pk], count) for pk, count in by_paper.items()]

    def limits(self) -> list[int]:
        """The most papers each member may get here; nobody loses what is kept because the load is smaller."""
        held = dict.fromkeys((member.pk for member in self.members), 0)
        for _, member in self.kept():
            held[member] += 1
        return [max(member.load - member.elsewhere, held[member.pk]) for member in self.members]

    def contradiction(self) -> str:
        """Why no plan can be made of this at all, in a sentence for the chair; "" when nothing stands against it."""
        if not self.papers:
            return "There is no submitted paper to assign."
        takers = sum(limit > 0 for limit in self.limits())
        if not takers:
            return (
                "Nobody in the committee takes papers yet: invite members, or give those who accepted a load."
            )
        if self.options.reviews > takers:
            people = "1 member takes" if takers == 1 else f"{takers} members take"
            return (
                f"You ask for {self.options.reviews} reviews of each paper, but only {people} papers. "
                "Ask for fewer, or invite more people."
            )
        both = sorted(self.locks & set(self.forbidden))
        if both:
            pair = both[0]
            return (
                f"{self.words(pair)} are locked together, but the pair is kept apart: {REASONS[self.forbidden[pair]]}. "
                "Unlock it, or lift what keeps it apart."
            )
        return ""

    def words(self, pair: Pair) -> str:
        """“Anna Bell and #4”."""
        names = {member.pk: member.name for member in self.members}
        numbers = {paper.pk: paper.number for paper in self.papers}
        return f"{names[pair[1]]} and #{numbers[pair[0]]}"

    def _live_counts(self) -> dict[int, int]:
        counts: dict[int, int] = {}
        for paper, member in self.present:
            if (paper, member) not in self.forbidden:
                counts[paper] = counts.get(paper, 0) + 1
        return counts

    # -- keeping ---------------------------------------------------------------------------------------------------

    def fingerprints(self) -> dict[str, str]:
        """One mark a part: equal when the part is."""
        parts = {
            "papers": [asdict(paper) for paper in self.papers],
            "roster": [[asdict(member) for member in self.members], sorted(self.coauthors)],
            "conflicts": sorted([*pair, why] for pair, why in self.forbidden.items()),
            "rules": sorted(self.locks),
            "present": sorted([*pair, it.state, it.fixed] for pair, it in self.present.items()),
        }
        return {name: _digest(part) for name, part in parts.items()} | self.marks

    def pack(self) -> bytes:
        """As compressed JSON."""
        kept = {
            "options": asdict(self.options),
            "papers": [[it.pk, it.number] for it in self.papers],
            "members": [asdict(it) for it in self.members],
            "forbidden": sorted([*pair, why] for pair, why in self.forbidden.items()),
            "locks": sorted(self.locks),
            "present": sorted([*pair, it.state, it.fixed] for pair, it in self.present.items()),
            "coauthors": sorted(self.coauthors),
            "marks": self.marks,
        }
        return zlib.compress(json.dumps(kept, separators=(",", ":")).encode())

    @classmethod
    def unpack(cls, data: bytes) -> Facts:
        kept = json.loads(zlib.decompress(data))
        return cls(
            options=Options.read(kept["options"]),
            papers=tuple(PaperFact(*it) for it in kept["papers"]),
            members=tuple(MemberFact(**it) for it in kept["members"]),
            forbidden={(paper, member): why for paper, member, why in kept["forbidden"]},
            locks=frozenset((paper, member) for paper, member in kept["locks"]),
            present={(it[0], it[1]): Present(it[2], it[3]) for it in kept["present"]},
            coauthors=frozenset((one, other) for one, other in kept["coauthors"]),
            marks=kept["marks"],
        )


def _digest(part: object) -> str:
    return hashlib.sha256(json.dumps(part).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Change:
    """One way in which the facts differ. `blocks`: a plan made before it cannot be applied any more."""

    part: str
    sentence: str
    blocks: bool = True


def differences(before: Facts, now: Facts) -> list[Change]:
    """What changed between two moments. Of papers that only one of them holds nothing is told but their number and
    that they left: why is not the reader's business."""
    found = _papers(before, now) + _roster(before, now) + _pairs(before, now)
    if before.marks.get("scores") != now.marks.get("scores"):
        found.append(
            Change("scores", "Bids, topics or affinities changed: a new plan may be better.", blocks=False)
        )
    if before.marks.get("settings") != now.marks.get("settings"):
        found.append(Change("settings", "The committee's settings were changed.", blocks=False))
    return found


def _papers(before: Facts, now: Facts) -> list[Change]:
    old, new = ({it.pk: it.number for it in facts.papers} for facts in (before, now))
    found = []
    if gone := old.keys() - new.keys():
        found.append(
            Change(
                "papers",
                f"{_count(len(gone), 'paper')} of this plan {_are(len(gone))} no longer among those to assign.",
            )
        )
    if came := sorted(new[pk] for pk in new.keys() - old.keys()):
        found.append(
            Change("papers", f"{_count(len(came), 'paper')} came in: {_some(f'#{it}' for it in came)}.")
        )
    return found


def _roster(before: Facts, now: Facts) -> list[Change]:
    old, new = ({it.pk: it for it in facts.members} for facts in (before, now))
    sentences = []
    # Who takes no papers, like most chairs, comes and goes without changing what a plan is worth.
    if left := [it.name for pk, it in old.items() if pk not in new and it.load]:
        sentences.append(f"{_some(left)} no longer {'reviews' if len(left) == 1 else 'review'}.")
    if came := [it.name for pk, it in new.items() if pk not in old and it.load]:
        sentences.append(f"{_some(came)} joined.")
    both = [(old[pk], new[pk]) for pk in old if pk in new]
    if loads := [
        f"{b.name}, {b.load} to {a.load}" for b, a in both if (b.load, b.least) != (a.load, a.least)
    ]:
        sentences.append(f"{_count(len(loads), 'load')} changed: {_some(loads)}.")
    if elsewhere := [b.name for b, a in both if b.elsewhere != a.elsewhere]:
        sentences.append(f"Papers outside of this plan were assigned to or taken from {_some(elsewhere)}.")
    rules = before.options
    if moved := [b.name for b, a in both if rules.one_per_institution and b.institution != a.institution]:
        sentences.append(f"The affiliation of {_some(moved)} changed.")
    if seniors := [b.name for b, a in both if rules.one_senior and b.senior != a.senior]:
        sentences.append(f"Whether {_some(seniors)} {_are(len(seniors))} senior changed.")
    members = old.keys() & new.keys()
    if rules.no_coauthors and {p for p in before.coauthors ^ now.coauthors if set(p) <= members}:
        sentences.append("Who of the members wrote something together changed.")
    return [Change("roster", sentence) for sentence in sentences]


def _pairs(before: Facts, now: Facts) -> list[Change]:
    """Changes of pairs whose paper and member both plans know."""
    papers = {it.pk for it in before.papers} & {it.pk for it in now.papers}
    members = {it.pk for it in before.members} & {it.pk for it in now.members}

    def shared(pairs: Iterable[Pair]) -> list[Pair]:
        return sorted(pair for pair in pairs if pair[0] in papers and pair[1] in members)

    found = []
    new = shared(now.forbidden.keys() - before.forbidden.keys())
    for why, one, many in (
        (("own", "declared", "conflict"), "conflict was found", "conflicts were found"),
        (("declined",), "request was declined", "requests were declined"),
        (("rule",), "pair was forbidden by a chair", "pairs were forbidden by a chair"),
    ):
        if pairs := [pair for pair in new if now.forbidden[pair] in why]:
            found.append(Change("conflicts", _told(now, pairs, one, many)))
    if gone := shared(before.forbidden.keys() - now.forbidden.keys()):
        found.append(
            Change(
                "conflicts",
                _told(now, gone, "pair is no longer kept apart", "pairs are no longer kept apart"),
            )
        )
    if locks := shared(before.locks ^ now.locks):
        found.append(
            Change("rules", _told(now, locks, "pair was locked or unlocked", "pairs were locked or unlocked"))
        )
    if came := shared(now.present.keys() - before.present.keys()):
        found.append(Change("present", _told(now, came, "assignment was made", "assignments were made")))
    if left := shared(before.present.keys() - now.present.keys()):
        found.append(Change("present", _told(now, left, "assignment has ended", "assignments have ended")))
    both = shared(before.present.keys() & now.present.keys())
    if before.options.keeps is False and (
        fixed := [pair for pair in both if before.present[pair].fixed != now.present[pair].fixed]
    ):
        found.append(
            Change("present", _told(now, fixed, "assignment was answered", "assignments were answered"))
        )
    return found


def _told(facts: Facts, pairs: list[Pair], one: str, many: str) -> str:
    head = f"1 {one}" if len(pairs) == 1 else f"{len(pairs)} {many}"
    return f"{head}: {_some([facts.words(pair) for pair in pairs], '; ')}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _some(words: Iterable[str], between: str = ", ") -> str:
    words = list(words)
    more = [f"and {len(words) - NAMED} more"] if len(words) > NAMED else []
    return between.join(words[:NAMED] + more)

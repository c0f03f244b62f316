"""Plans for one chair: asked for, computed by a worker, looked at, dropped. reviews/services/applying.py makes them hold.

A proposal holds exactly the papers its chair handles and is seen by that chair alone. Conflicts that come up later
hide its pairs at reading.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit, jobs
from accounts.job_models import Job
from accounts.models import User
from reviews import policy, queries
from reviews.domain.assignment_facts import Change, Facts, Options, differences
from reviews.models import Member, Proposal, ProposalInputs, ProposedPair
from reviews.models.assignment import Round
from reviews.services import matrix
from submissions import policy as papers_policy
from submissions.models import Edition, Paper
from submissions.services.errors import NotAllowed, Refused

if TYPE_CHECKING:
    from reviews.domain.assignment.plan import Plan

KIND = "assignment"
MAX_REVIEWS = 20
#: Plans that were not applied are some megabytes each: of one chair so many are kept, older ones are put away.
KEPT = 10
LAST_PART = (
    "This plan covers papers that are no longer yours to see, so what is said of it counts the others only."
)


def options_for(edition: Edition, **chosen: Any) -> Options:
    """The committee's settings as options, with what the chair chose instead. Raises Refused for values out of range."""
    settings = queries.settings_of(edition)
    drawn = chosen.get("max_probability", settings.max_probability) is not None
    options = Options(
        reviews=settings.reviews_per_paper,
        fair=settings.fair and not drawn,
        price_cap=settings.fair_price,
        one_per_institution=settings.one_per_institution,
        one_senior=settings.one_senior,
        no_coauthors=settings.no_coauthors_together,
        max_probability=settings.max_probability,
        seed=settings.seed,
    )
    return checked(replace(options, **chosen))


def checked(options: Options) -> Options:
    """The same, or Refused with a sentence that names the value that cannot be."""
    if options.round not in Round.values:
        raise Refused(f"“{options.round}” is not a round: choose {', '.join(Round.values)}.")
    if not 1 <= options.reviews <= MAX_REVIEWS:
        raise Refused(f"{options.reviews} reviews a paper cannot be planned: choose 1 to {MAX_REVIEWS}.")
    if not (math.isfinite(options.price_cap) and 0 <= options.price_cap <= 1):
        raise Refused(
            f"The price of fairness is {options.price_cap}; it is a share of the total, from 0 to 1."
        )
    most = options.max_probability
    if most is not None and not (math.isfinite(most) and 0 < most <= 1):
        raise Refused(f"The largest probability of a pair is {most}; it must be above 0 and at most 1.")
    if most is not None and (options.fair or options.no_coauthors):
        raise Refused(
            "A plan drawn by lot cannot also lift the weakest papers or keep co-authors apart. Choose one of them."
        )
    if options.seed < 0:
        raise Refused(f"The seed is {options.seed}; it must be a whole number from 0 upwards.")
    return options


def propose(*, actor: User, edition: Edition, options: Options, back: str = "/") -> Proposal:
    """Ask a worker for a plan. The proposal's `job` has the page with progress and the button to cancel.

    Raises NotAllowed, Refused (no papers, no members, contradictory locks, one is being computed already).
    """
    facts = matrix.gather(actor=actor, edition=edition, options=checked(options), planning=True)
    missing = set(options.papers) - {it.number for it in facts.papers}
    if missing:
        numbers = ", ".join(f"#{it}" for it in sorted(missing))
        raise Refused(
            f"There is no submitted paper {numbers} among those you handle that still need reviewers."
        )
    if problem := facts.contradiction():
        raise Refused(problem)
    with transaction.atomic():
        try:
            job = jobs.start(actor=actor, kind=KIND, edition=edition.slug, back=back)
        except PermissionDenied as error:
            raise NotAllowed("There is no such edition.") from error
        if Proposal.objects.filter(job=job).exists():
            raise Refused("A plan is being computed for you already. Wait for it, or cancel it.")
        _tidy(actor, edition)
        return Proposal.objects.create(
            edition=edition, made_by=actor, round=options.round, options=asdict(options), job=job
        )


def _tidy(actor: User, edition: Edition) -> None:
    """Write down what became of earlier runs that ended without a plan, and put away what is old."""
    ready = visible(actor=actor, edition=edition).filter(state=Proposal.State.READY)
    old = [it.pk for it in ready[KEPT - 1 :]]
    if old:
        _empty(old)
        Proposal.objects.filter(pk__in=old).update(state=Proposal.State.DROPPED)
    for proposal in visible(actor=actor, edition=edition).filter(state=Proposal.State.COMPUTING):
        if proposal.standing != Proposal.State.COMPUTING:
            Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.COMPUTING).update(
                state=proposal.standing, message=proposal.words
            )


def may_start(actor: User, edition: str) -> bool:
    """Whether `actor` runs the committee of the edition called `edition`."""
    found = Edition.objects.filter(slug=edition).first()
    return found is not None and policy.may_run_committee(actor, found)


def compute(job: Job, progress: jobs.Progress) -> jobs.Outcome:
    """The job: solve the proposal that belongs to it. Running it twice is the same as once."""
    proposal = Proposal.objects.select_related("edition").filter(job=job).first()
    if proposal is None:
        raise jobs.JobFailed("The plan this was for is gone. Ask for another.")
    if proposal.state == Proposal.State.READY:
        return _outcome(proposal)  # an earlier run was stopped between the plan and its own last word
    try:
        return _solve(proposal, job, progress)
    except jobs.JobFailed as error:
        _fail(proposal, str(error))
        raise


def _fail(proposal: Proposal, message: str) -> None:
    Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.COMPUTING).update(
        state=Proposal.State.FAILED, message=message
    )


def _solve(proposal: Proposal, job: Job, progress: jobs.Progress) -> jobs.Outcome:
    from reviews.domain.assignment.problem import InvalidProblem
    from reviews.domain.assignment.solve import solve

    steps = 0

    def tell(words: str) -> None:
        nonlocal steps
        steps += 1
        progress.report(min(steps, 99), 100, words)

    tell("reading papers, people and conflicts")
    options = Options.read(proposal.options)
    try:
        facts = matrix.gather(actor=job.actor, edition=proposal.edition, options=options, planning=True)
        if problem := facts.contradiction():
            raise jobs.JobFailed(problem)
        tell("scoring every pair")
        table = matrix.build(facts, proposal.edition)
        plan = solve(
            table.problem(),
            fair=options.fair,
            price_cap=options.price_cap,
            max_probability=options.max_probability,
            progress=tell,
        )
    except InvalidProblem as error:
        raise jobs.JobFailed(f"{error} (Whoever is assigned and stays counts as locked.)") from error
    except (NotAllowed, Refused) as error:
        raise jobs.JobFailed(str(error)) from error
    tell("writing the plan down")
    with transaction.atomic():
        progress.report(99, 100, "writing the plan down")  # and not, if the job is no longer ours
        _store(proposal, table, plan)
    proposal.refresh_from_db()
    return _outcome(proposal)


def _store(proposal: Proposal, table: matrix.Matrix, plan: "Plan") -> None:
    """Write the plan; a second run over the same proposal finds it no longer computing and leaves it alone."""
    Edition.objects.select_for_update().get(pk=proposal.edition_id)
    facts = table.facts
    _refuse_vanished(facts)
    ready = Proposal.objects.filter(pk=proposal.pk, state=Proposal.State.COMPUTING).update(
        state=Proposal.State.READY,
        input_hash=plan.input_hash,
        facts=facts.fingerprints(),
        result=_result(facts, plan),
    )
    if not ready:
        return
    ProposedPair.objects.bulk_create(
        (
            ProposedPair(
                proposal=proposal,
                paper_id=facts.papers[row].pk,
                member_id=facts.members[column].pk,
                score=float(table.scores[row, column]),
                parts=table.parts(row, column),
                present=(facts.papers[row].pk, facts.members[column].pk) in facts.present,
                locked=(facts.papers[row].pk, facts.members[column].pk) in facts.locks,
            )
            for row, column in plan.pairs.tolist()
        ),
        batch_size=500,
    )
    ProposalInputs.objects.create(proposal=proposal, facts=facts.pack(), arrays=table.pack())


def _refuse_vanished(facts: Facts) -> None:
    """A member who was deleted while the plan was computed cannot stand in it."""
    left = {it.pk: it.name for it in facts.members}
    for pk in Member.objects.filter(pk__in=list(left)).values_list("pk", flat=True):
        del left[pk]
    if left:
        names = ", ".join(sorted(left.values())[:5])
        raise jobs.JobFailed(
            f"{names} left the committee while the plan was computed. Nothing was kept; compute it again."
        )


def _result(facts: Facts, plan: "Plan") -> dict[str, Any]:
    """The solver's numbers as JSON, with keys of papers and members instead of places."""
    papers, members = facts.papers, facts.members
    return {
        "total": plan.total,
        "bound": plan.bound,
        "best_total": plan.best_total,
        "gap": plan.gap,
        "smallest": plan.smallest,
        "smallest_bound": plan.smallest_bound,
        "p5": plan.p5,
        "worst_tenth_mean": plan.worst_tenth_mean,
        "max_load_used": plan.max_load_used,
        "pairs": len(plan.pairs),
        "certificate": plan.certificate,
        "seconds": round(plan.seconds, 3),
        "unfilled": [
            {"paper": papers[it.paper].pk, "missing": it.missing, "code": it.code, "reason": it.reason}
            for it in plan.unfilled
        ],
        "below_minimum": [
            {"member": members[it.reviewer].pk, "missing": it.missing, "reason": it.reason}
            for it in plan.below_minimum
        ],
        "relaxations": [
            {"kind": it.kind, "fills": it.fills, "sentence": it.sentence} for it in plan.relaxations
        ],
        "scores": {str(paper.pk): float(plan.paper_scores[row]) for row, paper in enumerate(papers)},
        "wanted": {str(paper.pk): int(plan.wanted[row]) for row, paper in enumerate(papers)},
        "loads": {str(member.pk): int(plan.loads[place]) for place, member in enumerate(members)},
        "prices": {
            str(member.pk): price
            for member, price in zip(members, plan.prices.tolist(), strict=False)
            if math.isfinite(price)
        },
        "limits": {str(member.pk): limit for member, limit in zip(members, facts.limits(), strict=True)},
    }


def _outcome(proposal: Proposal) -> jobs.Outcome:
    short = len(proposal.result.get("unfilled", []))
    rest = f" {short} of the papers have too few; the plan says why." if short else " Every paper is filled."
    return jobs.Outcome(f"The plan is ready: {proposal.result.get('pairs', 0)} reviews.{rest}")


# -- looking at it ------------------------------------------------------------------------------------------------------


def visible(*, actor: User, edition: Edition) -> QuerySet[Proposal]:
    """The actor's own proposals of `edition`, latest first; nothing for whom does not run its committee."""
    found = Proposal.objects.filter(edition=edition, made_by=actor).select_related("job", "edition")
    return found if policy.may_run_committee(actor, edition) else found.none()


def find(*, actor: User, edition: Edition, key: UUID) -> Proposal:
    """One of them. Raises NotAllowed when there is none."""
    found = visible(actor=actor, edition=edition).filter(key=key).first()
    if found is None:
        raise NotAllowed("There is no such plan.")
    return found


def own(actor: User, proposal: Proposal) -> Proposal:
    """The proposal, if it is the actor's and they still run the committee. Raises NotAllowed."""
    return find(actor=actor, edition=proposal.edition, key=proposal.key)


def pairs(*, actor: User, proposal: Proposal) -> QuerySet[ProposedPair]:
    """The pairs of a proposal that the actor may see now, by paper and falling score, papers and members read along."""
    handled = Paper.objects.filter(papers_policy.papers_handled_by(actor)).values("pk")
    found = ProposedPair.objects.filter(proposal=own(actor, proposal), paper__in=handled)
    return found.select_related("paper", "member").order_by("paper__number", "-score", "member__name")


def numbers(*, actor: User, proposal: Proposal) -> dict[str, Any]:
    """`proposal.result` as far as the actor may see it now. What a conflict has hidden since is left out of every number."""
    result = own(actor, proposal).result
    if not result:
        return {}
    keys = [int(pk) for pk in result["scores"]]
    seen = set(
        Paper.objects.filter(papers_policy.papers_handled_by(actor), pk__in=keys).values_list("pk", flat=True)
    )
    if len(seen) == len(keys):
        return dict(result)
    told = {str(pk) for pk in seen}
    scores = {pk: score for pk, score in result["scores"].items() if pk in told}
    counted = sorted(score for pk, score in scores.items() if result["wanted"][pk])
    of_member: dict[str, int] = dict.fromkeys(result["loads"], 0)
    rows = pairs(actor=actor, proposal=proposal)
    for row in rows:
        of_member[str(row.member_id)] = of_member.get(str(row.member_id), 0) + 1
    tenth = counted[: math.ceil(len(counted) / 10)]
    return {
        "total": sum(scores.values()),
        "smallest": counted[0] if counted else None,
        "worst_tenth_mean": fmean(tenth) if tenth else None,
        "max_load_used": max(of_member.values(), default=0),
        "pairs": len(rows),
        "certificate": LAST_PART,
        "unfilled": [it for it in result["unfilled"] if it["paper"] in seen],
        "below_minimum": [],
        "relaxations": [],
        "scores": scores,
        "wanted": {pk: count for pk, count in result["wanted"].items() if pk in told},
        "loads": of_member,
        "limits": result["limits"],
    }


def stored_facts(proposal: Proposal) -> Facts:
    """What the plan was computed from. Raises Refused for one that was never ready."""
    kept = ProposalInputs.objects.filter(proposal=proposal).values_list("facts", flat=True).first()
    if kept is None:
        raise Refused("This plan is not ready, so there is nothing to ask it.")
    return Facts.unpack(bytes(kept))


def freshness(*, actor: User, proposal: Proposal) -> list[Change]:
    """What changed since the plan was computed; those with `blocks` make `apply` refuse. Constant queries."""
    return since(actor, own(actor, proposal))[1]


def since(actor: User, proposal: Proposal) -> tuple[Facts, list[Change]]:
    """The facts as they are now for the same question, and what is different."""
    before = stored_facts(proposal)
    now = matrix.gather(actor=actor, edition=proposal.edition, options=before.options, planning=True)
    return now, differences(before, now)


def drop(*, actor: User, proposal: Proposal) -> None:
    """Put a proposal that was not applied away; one that is being computed is cancelled. Raises NotAllowed, Refused."""
    proposal = own(actor, proposal)
    with transaction.atomic():
        dropped = Proposal.objects.filter(
            pk=proposal.pk,
            state__in=[Proposal.State.COMPUTING, Proposal.State.READY, Proposal.State.FAILED],
        ).update(state=Proposal.State.DROPPED, message="")
        if not dropped:
            raise Refused("This plan was applied or put away already; it stays as it is.")
        if proposal.job is not None and not proposal.job.is_finished:
            jobs.cancel(actor=actor, job=proposal.job)
        _empty([proposal.pk])
        audit.record(actor=actor, verb="proposal.dropped", subject=proposal, edition=proposal.edition.slug)


def _empty(keys: Sequence[int]) -> None:
    """What was not applied need not be repeated."""
    ProposalInputs.objects.filter(proposal__in=keys).delete()
    ProposedPair.objects.filter(proposal__in=keys).delete()

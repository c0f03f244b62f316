"""Who may see and do what in the committee's work. Built on submissions.policy: its walls hold here for every role.

A member sees papers to bid on, and those assigned to them; a chair sees the committee's work on the papers they handle;
nobody sees who works on a paper that a conflict keeps them away from.
"""

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from accounts.policy import with_two_factor
from reviews.domain import rights
from reviews.domain.rights import Right
from reviews.models import Assignment, Comment, CommitteeSettings, Conflict, Decision, Member, Review
from submissions import policy as papers_policy
from submissions.domain.workflow import State
from submissions.models import Deadline, Edition, Paper
from submissions.policy import NOBODY, Viewer, editions_chaired_by, proven_addresses


def places_of(user: Viewer) -> Q:
    """Filter on Member: the places of `user`, by account or by a proven address, those they were removed from as well."""
    if not user.is_authenticated:
        return NOBODY
    named = Q(user__isnull=True, email__in=proven_addresses(user).values("email")) & ~Q(email="")
    return Q(user=user) | named


def members_held_by(user: Viewer) -> Q:
    """Filter on Member: the places that `user` holds, by account or by a proven address. Removed ones are not held."""
    return places_of(user) & ~Q(state=Member.State.REMOVED)


def members_visible_to(user: Viewer) -> Q:
    """Filter on Member: own places, and the rosters of editions that `user` chairs (with the second factor)."""
    if not user.is_authenticated:
        return NOBODY
    chaired = Edition.objects.filter(editions_chaired_by(user)).values("pk")
    return members_held_by(user) | Q(edition__in=chaired) & with_two_factor(user)


def members_chaired_by(user: Viewer) -> Q:
    """Filter on Member: those of editions that `user` runs (with the second factor)."""
    if not user.is_authenticated:
        return NOBODY
    chaired = Edition.objects.filter(editions_chaired_by(user)).values("pk")
    return Q(edition__in=chaired) & with_two_factor(user)


def editions_counted_for(user: Viewer) -> Q:
    """Filter on Edition: those whose statistics `user` may see: as accepted steering member, or as a chair."""
    if not user.is_authenticated:
        return NOBODY
    kinds = set(rights.kinds_with(Right.STATISTICS)) - set(rights.kinds_with(Right.RUN))
    held = Member.objects.filter(members_held_by(user), kind__in=kinds, state=Member.State.ACCEPTED)
    return Q(pk__in=held.values("edition")) | editions_chaired_by(user) & with_two_factor(user)


def papers_in_conflict_with(user: Viewer) -> Q:
    """Filter on Paper: those that a conflict found or declared here keeps `user` away from (a wall of submissions.policy).

    Places that were removed count as well: a conflict does not end with an office.
    """
    if not user.is_authenticated:
        return NOBODY
    named = Q(user__isnull=True, email__in=proven_addresses(user).values("email")) & ~Q(email="")
    # The places first: asked of each conflict who its member is, a list of a thousand papers would take ten times as long.
    places = Member.objects.filter(Q(user=user) | named).values("pk")
    return Q(Exists(Conflict.objects.standing().filter(member__in=places, paper=OuterRef("pk"))))


def papers_to_bid_on(user: Viewer) -> Q:
    """Filter on Paper: submitted ones of editions where `user` reviews, once bidding has begun, without conflicts."""
    if not user.is_authenticated:
        return NOBODY
    reviewing = Member.objects.reviewing().filter(members_held_by(user))
    coming_in = Deadline.objects.filter(
        edition=OuterRef("edition"), kind=Deadline.Kind.SUBMISSION, at__gt=timezone.now()
    )
    early = CommitteeSettings.objects.filter(edition=OuterRef("edition"), bids_before_deadline=True)
    return (
        Q(edition__in=reviewing.values("edition"), state=State.SUBMITTED)
        & (~Q(Exists(coming_in)) | Q(Exists(early)))
        & ~papers_policy.papers_walled_off_from(user)
    )


def papers_assigned_to(user: Viewer) -> Q:
    """Filter on Paper: those `user` is asked to review or reviews, without conflicts."""
    if not user.is_authenticated:
        return NOBODY
    held = Member.objects.filter(members_held_by(user)).values("pk")
    mine = Assignment.objects.live().filter(paper=OuterRef("pk"), member__in=held)
    return Q(Exists(mine), state=State.SUBMITTED) & ~papers_policy.papers_walled_off_from(user)


def conflicts_visible_to(user: Viewer) -> Q:
    """Filter on Conflict: of papers `user` handles; and what a member declared themselves, to that member."""
    if not user.is_authenticated:
        return NOBODY
    handled = Paper.objects.filter(papers_policy.papers_handled_by(user)).values("pk")
    held = Member.objects.filter(members_held_by(user)).values("pk")
    return Q(paper__in=handled) | Q(member__in=held, rule=Conflict.Rule.DECLARED_BY_MEMBER)


def assignments_visible_to(user: Viewer) -> Q:
    """Filter on Assignment: one's own as long as no conflict stands, and those of papers `user` handles."""
    if not user.is_authenticated:
        return NOBODY
    handled = Paper.objects.filter(papers_policy.papers_handled_by(user)).values("pk")
    return Q(paper__in=handled) | own_assignments(user)


def own_assignments(user: Viewer) -> Q:
    """Filter on Assignment: those `user` is asked for or works on."""
    held = Member.objects.filter(members_held_by(user)).values("pk")
    mine = Paper.objects.filter(papers_assigned_to(user)).values("pk")
    return Q(member__in=held, state__in=Assignment.LIVE, paper__in=mine)


def proposals_visible_to(user: Viewer) -> Q:
    """Filter on Proposal: those `user` made, for editions they run (with the second factor)."""
    if not user.is_authenticated:
        return NOBODY
    chaired = Edition.objects.filter(editions_chaired_by(user)).values("pk")
    return Q(made_by=user, edition__in=chaired) & with_two_factor(user)


def may_run_committee(user: User, edition: Edition) -> bool:
    """Whether `user` invites, assigns and sets the committee's rules: a chair of `edition`, with the second factor."""
    return Edition.objects.filter(editions_chaired_by(user), with_two_factor(user), pk=edition.pk).exists()


def masks_authors(edition: Edition) -> bool:
    """Whether reviewers see papers of `edition` without their authors."""
    return edition.anonymity == Edition.Anonymity.DOUBLE


def reviews_visible_to(user: Viewer) -> Q:
    """Filter on Review: one's own; submitted ones of papers one handles, and of others on papers one has agreed to
    review, when the edition's settings let reviewers read them. What a guest or member has in draft is theirs alone.
    """
    if not user.is_authenticated:
        return NOBODY
    handled = Paper.objects.filter(papers_policy.papers_handled_by(user)).values("pk")
    own = Assignment.objects.filter(own_assignments(user))
    submitted = Q(submitted_at__isnull=False, assignment__state__in=Assignment.LIVE)
    written = Review.objects.filter(
        assignment__paper=OuterRef("assignment__paper"),
        assignment__in=own.values("pk"),
        submitted_at__isnull=False,
    )
    rule = CommitteeSettings.objects.filter(edition=OuterRef("assignment__paper__edition"))
    always = rule.filter(others_reviews=CommitteeSettings.OthersReviews.ALWAYS)
    never = rule.filter(others_reviews=CommitteeSettings.OthersReviews.NEVER)
    fellow = (
        Q(assignment__paper__in=own.filter(state=Assignment.State.ACCEPTED).values("paper"))
        & (Q(Exists(always)) | Q(Exists(written)))
        & ~Q(Exists(never))
    )
    return Q(assignment__in=own.values("pk")) | submitted & (Q(assignment__paper__in=handled) | fellow)


def responses_read_by(user: Viewer) -> Q:
    """Filter on AuthorResponse: submitted ones of papers `user` handles, and of those they review once their own review is
    in, unless the settings show them others' reviews before: authors respond to what the others said.
    """
    if not user.is_authenticated:
        return NOBODY
    handled = Paper.objects.filter(papers_policy.papers_handled_by(user)).values("pk")
    own = Assignment.objects.filter(own_assignments(user))
    always = CommitteeSettings.objects.filter(
        edition=OuterRef("paper__edition"), others_reviews=CommitteeSettings.OthersReviews.ALWAYS
    )
    written = own.filter(review__submitted_at__isnull=False)
    accepted = own.filter(state=Assignment.State.ACCEPTED)
    reviewed = Q(paper__in=written.values("paper")) | Q(Exists(always), paper__in=accepted.values("paper"))
    return (Q(paper__in=handled) | reviewed) & Q(submitted_at__isnull=False)


def papers_discussed_by(user: Viewer) -> Q:
    """Filter on Paper: those whose discussion `user` reads: handled ones, and reviewed ones once the review is in."""
    if not user.is_authenticated:
        return NOBODY
    own = Assignment.objects.filter(own_assignments(user))
    never = CommitteeSettings.objects.filter(
        edition=OuterRef("edition"), others_reviews=CommitteeSettings.OthersReviews.NEVER
    )
    written = own.filter(paper=OuterRef("pk"), review__submitted_at__isnull=False)
    return papers_policy.papers_handled_by(user) | Q(Exists(written)) & ~Q(Exists(never))


def comments_visible_to(user: Viewer) -> Q:
    """Filter on Comment: of papers `user` discusses; notes to the chairs to chairs, to who wrote them, and what was
    answered to such a note to its writer.
    """
    if not user.is_authenticated:
        return NOBODY
    handled = Paper.objects.filter(papers_policy.papers_handled_by(user)).values("pk")
    discussed = Paper.objects.filter(papers_discussed_by(user)).values("pk")
    open_to_reviewers = Q(readers=Comment.Readers.REVIEWERS, paper__in=discussed)
    answered = Q(reply_to__author=user, reply_to__readers=Comment.Readers.CHAIRS)
    mine = (Q(author=user) | answered) & Q(paper__in=discussed)
    return Q(paper__in=handled) | open_to_reviewers | mine


def papers_responded_to_by(user: Viewer) -> Q:
    """Filter on Paper: one's own under review whose reviews the chairs have opened to authors, for a response."""
    if not user.is_authenticated:
        return NOBODY
    opened = CommitteeSettings.objects.filter(
        edition=OuterRef("edition"), responses_open_at__lte=timezone.now()
    )
    return papers_policy.papers_written_by(user) & Q(Exists(opened), state=State.SUBMITTED)


def decisions_visible_to(user: Viewer) -> Q:
    """Filter on Decision: of papers `user` handles; of their own papers once the release holds."""
    if not user.is_authenticated:
        return NOBODY
    handled = Paper.objects.filter(papers_policy.papers_handled_by(user)).values("pk")
    written = Paper.objects.filter(papers_policy.papers_written_by(user)).values("pk")
    released = Q(release__effective_at__lte=timezone.now(), release__undone_at__isnull=True)
    return Q(paper__in=handled) | Q(paper__in=written) & released


def decisions_told_to(user: Viewer) -> Q:
    """Filter on Decision: released ones, of papers `user` wrote or handles: what authors know."""
    if not user.is_authenticated:
        return NOBODY
    known = Paper.objects.filter(papers_policy.papers_visible_to(user)).values("pk")
    return Q(paper__in=known, release__effective_at__lte=timezone.now(), release__undone_at__isnull=True)


def decisions_shepherded_by(user: Viewer) -> Q:
    """Filter on Decision: released acceptances on conditions that `user` is shepherd of, without conflicts."""
    if not user.is_authenticated:
        return NOBODY
    held = Member.objects.filter(members_held_by(user), state=Member.State.ACCEPTED).values("pk")
    walled = Paper.objects.filter(papers_policy.papers_walled_off_from(user)).values("pk")
    released = Q(release__effective_at__lte=timezone.now(), release__undone_at__isnull=True)
    return Q(shepherd__in=held, paper__state=State.SUBMITTED) & released & ~Q(paper__in=walled)


def releases_visible_to(user: Viewer) -> Q:
    """Filter on Release: those with a decision on a paper `user` handles, and what they released themselves, of their editions."""
    if not user.is_authenticated:
        return NOBODY
    chaired = Edition.objects.filter(editions_chaired_by(user)).values("pk")
    handled = Paper.objects.filter(papers_policy.papers_handled_by(user)).values("pk")
    held = Decision.objects.filter(release=OuterRef("pk"), paper__in=handled)
    return (Q(Exists(held)) | Q(made_by=user)) & Q(edition__in=chaired) & with_two_factor(user)

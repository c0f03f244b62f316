from reviews.models.assignment import Assignment, PairRule, Proposal, ProposalInputs, ProposedPair
from reviews.models.bid import AffinityColumn, Bid
from reviews.models.conflict import Conflict, ConflictLook, ConflictSearch
from reviews.models.decision import Decision, Handling, PaperTag, Release, ReleasedReview
from reviews.models.discussion import AuthorResponse, Comment, DiscussionRead
from reviews.models.member import Absence, Expertise, FormerInvitation, Member, OwnPaper
from reviews.models.review import Guest, MoreTime, Review, ReviewRead, ReviewVersion, SubmittedScore
from reviews.models.settings import CommitteeSettings

__all__ = [
    "Absence",
    "AffinityColumn",
    "Assignment",
    "AuthorResponse",
    "Bid",
    "Comment",
    "CommitteeSettings",
    "Conflict",
    "ConflictLook",
    "ConflictSearch",
    "Decision",
    "DiscussionRead",
    "Expertise",
    "FormerInvitation",
    "Guest",
    "Handling",
    "Member",
    "MoreTime",
    "OwnPaper",
    "PairRule",
    "PaperTag",
    "Proposal",
    "ProposalInputs",
    "ProposedPair",
    "Release",
    "ReleasedReview",
    "Review",
    "ReviewRead",
    "ReviewVersion",
    "SubmittedScore",
]

from reviews.models.assignment import Assignment, PairRule, Proposal, ProposedPair
from reviews.models.bid import AffinityColumn, Bid
from reviews.models.conflict import Conflict, ConflictLook
from reviews.models.member import Absence, Expertise, Member, OwnPaper
from reviews.models.settings import CommitteeSettings

__all__ = [
    "Absence",
    "AffinityColumn",
    "Assignment",
    "Bid",
    "CommitteeSettings",
    "Conflict",
    "ConflictLook",
    "Expertise",
    "Member",
    "OwnPaper",
    "PairRule",
    "Proposal",
    "ProposedPair",
]

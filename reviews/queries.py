"""What the committee's pages and services read, beyond a model's own rows."""

from reviews.domain.scores import Weights
from reviews.models import CommitteeSettings, Member
from submissions.models import Edition


def settings_of(edition: Edition) -> CommitteeSettings:
    """The committee's settings, or the defaults where nobody has changed any."""
    return CommitteeSettings.objects.filter(edition=edition).first() or CommitteeSettings(edition=edition)


def load_of(member: Member, settings: CommitteeSettings) -> int:
    """How many papers `member` takes at most: what they want, within what the chairs set.

    Chairs review only if they, or the other chairs, say so.
    """
    if member.state != Member.State.ACCEPTED or member.kind not in Member.REVIEWING:
        return 0
    usual = 0 if member.is_chair else settings.default_load
    wanted = member.load_wanted if member.load_wanted is not None else member.load_limit
    load = usual if wanted is None else wanted
    return load if member.load_limit is None else min(load, member.load_limit)


def weights_of(settings: CommitteeSettings) -> Weights:
    """What the chairs weigh affinity, topics and bids with; the defaults where all three are 0."""
    if not settings.weight_affinity + settings.weight_topics + settings.weight_bids:
        return Weights()
    return Weights(settings.weight_affinity, settings.weight_topics, settings.weight_bids)

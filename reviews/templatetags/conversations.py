"""What stands on a reviewer's page besides the review: the authors' response."""

from django import template

from reviews.models import AuthorResponse
from submissions.models import Paper

register = template.Library()


@register.simple_tag
def submitted_response(paper: Paper) -> AuthorResponse | None:
    """What the authors of `paper` submitted, for pages whose readers review or handle it. One query."""
    return AuthorResponse.objects.filter(paper=paper, submitted_at__isnull=False).first()

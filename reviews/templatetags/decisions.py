"""How scores and decisions look in the chairs' tables, where each stands in fifty lines."""

from typing import Any, cast

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reviews.domain.score_summaries import Summary
from reviews.models import Decision

register = template.Library()

#: Units of the picture: the width of a step, of its bar, and the height of the tallest one.
STEP, BAR, TALLEST = 8, 7, 16


@register.filter
def decimals(value: float | None, places: int) -> str:
    """A mean with so many digits behind the point; nothing for none. As `floatformat`, without asking for a language."""
    return "" if value is None else f"{value:.{places}f}"


@register.simple_tag
def score_picture(label: str, summary: Summary) -> SafeString:
    """The distribution of the score `label` as bars, with the words that say the same for those who do not see them."""
    most = max(3, *summary.counts)
    width = STEP * summary.steps
    bars = "".join(
        f"M{place * STEP}.5 {TALLEST}v-{round(TALLEST * count / most, 1)}h{BAR}V{TALLEST}z"
        for place, count in enumerate(summary.counts)
        if count
    )
    return format_html(
        '<svg class="scores" viewBox="0 0 {} 18" width="{}" height="18" role="img" aria-label="{}: {}">'
        '<path class="scores__base" d="M0 17.5H{}"/><path d="{}"/></svg>',
        width,
        width,
        label,
        summary.words,
        width,
        bars,
    )


@register.simple_tag(takes_context=True)
def decision_badge(context: Context, decision: Decision | None) -> SafeString:
    """reviews/decisions/_decision.html; in a table it is rendered once for all decisions that look the same."""
    out = decision is not None and decision.release is not None and decision.release.undone_at is None
    looks = (decision.outcome, decision.category_id, out) if decision else None
    memory: dict[str, Any] = cast(Any, context.render_context)
    badges: dict[Any, str] = memory.setdefault("decision badges", {})
    if looks not in badges:
        badges[looks] = render_to_string("reviews/decisions/_decision.html", {"decision": decision})
    return SafeString(badges[looks])

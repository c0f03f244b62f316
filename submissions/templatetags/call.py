"""How the texts of a call are shown: Markdown from chairs, made safe; structured data; page limits in words."""

import json
from typing import Any

import nh3
from django import template
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from submissions.domain.page_law import describe
from submissions.models import Category

register = template.Library()

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
#: No images (they would tell another site who reads the call), no styles, no scripts, no forms.
TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
#: How far headings move down: a call's "# Format" stands under the page's own headings.
SHIFT = 2


@register.filter
def markdown(text: str) -> SafeString:
    """A chair's Markdown as HTML that can do no harm: no raw HTML, no images, links only to the web and mail."""
    tokens = MARKDOWN.parse(text or "")
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + SHIFT)}"
        elif token.type == "table_open":
            token.attrSet("class", "table table--compact")
    html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}, "table": {"class"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
    )
    return mark_safe(clean)  # noqa: S308 - sanitised by nh3 above


@register.filter
def structured_data(data: dict[str, Any]) -> SafeString:
    """`data` as the content of a JSON-LD block. Nothing in it can end the block or begin another element."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return mark_safe(text)  # noqa: S308 - every character that matters to HTML is escaped above


@register.filter
def pages_in_words(category: Category) -> str:
    """The page limits of a category: "8 to 10 pages, everything counted"."""
    return describe(category.law()) if category.needs_file else "no file, only the abstract"


WORDS = {
    "call.created": "loaded the call",
    "call.loaded": "loaded the call file again",
    "call.published": "published the call",
    "call.texts_edited": "edited the texts",
    "call.dates_edited": "edited the dates",
    "call.topics_edited": "edited the topics",
    "call.committee_edited": "edited the committee",
    "call.directions_edited": "edited the research directions",
    "call.categories_edited": "edited the categories",
    "call.deadline_moved": "moved a deadline",
    "call.reminders_edited": "edited the rules of the reminders",
    "call.reminder_on": "switched a reminder on",
    "call.reminder_off": "switched a reminder off",
    "letter.changed": "changed the text of a letter",
    "mail.announced": "wrote to a group",
    "mail.called_off": "called off a message to a group",
    "mail.held": "held the mail",
    "mail.released": "released the mail",
    "call.administered": "changed it in the administration pages",
}


@register.filter
def audit_words(verb: str) -> str:
    """A verb of the audit log in words."""
    return WORDS.get(verb, verb)

"""Fields and widgets that several forms have: texts of several lines, lists with an entry a line, long choices."""

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts.validators import is_forbidden, shorten


class TextField(forms.CharField):
    """Several lines of text. Line ends are unified; characters that no screen shows are dropped silently."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        text = (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")
        return "".join(ch for ch in text if ch in "\n\t" or not is_forbidden(ch)).strip()


class LinesField(TextField):
    """A list, one entry a line: without empty lines and repetitions, white space as one space."""

    def __init__(self, *, most: int, longest: int, what: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most, self.longest, self.what = most, longest, what

    def clean(self, value: Any) -> list[str]:
        lines = [" ".join(line.split()) for line in str(super().clean(value)).split("\n")]
        once: dict[str, str] = {}
        for line in filter(None, lines):
            once.setdefault(line.casefold(), line)
        found = list(once.values())
        if len(found) > self.most:
            raise forms.ValidationError(f"{len(found)} {self.what}s are given; at most {self.most} fit.")
        for line in found:
            if len(line) > self.longest:
                raise forms.ValidationError(
                    f"“{shorten(line)}” has {len(line)} characters; an {self.what} has at most {self.longest}. "
                    "Write each on a line of its own."
                )
        return found


class LongSelect(forms.Select):
    """A list drawn without a template for each choice: with all countries in a hundred rows that takes seconds."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            (
                (it["value"], mark_safe(" selected") if it["selected"] else "", it["label"])
                for _, group, _ in widget["optgroups"]
                for it in group
            ),
        )
        return format_html('<select name="{}"{}>\n{}\n</select>', name, flatatt(widget["attrs"]), options)

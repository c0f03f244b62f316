"""The front end's own promises: vendored files are what they claim, icons exist, colours can be read."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django import forms
from django.template.loader import render_to_string

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
CSS = ROOT / "static" / "css"


def load_vendor_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vendor_script", ROOT / "scripts" / "vendor.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


vendor = load_vendor_script()


def test_vendored_files_agree_with_the_manifest() -> None:
    assert vendor.problems() == []


@pytest.mark.parametrize("part", vendor.PARTS, ids=lambda part: part.folder)
def test_every_part_keeps_its_licence(part) -> None:
    assert (vendor.VENDOR / part.folder / "LICENSE").stat().st_size > 300


def test_a_changed_missing_or_unlisted_file_is_noticed(tmp_path: Path) -> None:
    for source in vendor.VENDOR.rglob("*"):
        if source.is_file():
            copy = tmp_path / source.relative_to(vendor.VENDOR)
            copy.parent.mkdir(exist_ok=True, parents=True)
            copy.write_bytes(source.read_bytes())
    (tmp_path / "htmx" / "htmx.min.js").write_text("changed")
    (tmp_path / "temml" / "LICENSE").unlink()
    (tmp_path / "extra.js").write_text("")
    assert sorted(vendor.problems(tmp_path)) == [
        "extra.js: not listed in the manifest",
        "htmx/htmx.min.js: not the file that was vendored",
        "temml/LICENSE: listed but missing",
    ]


def test_the_manifest_names_no_host() -> None:
    assert "://" not in vendor.MANIFEST.read_text(encoding="utf-8")


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    sprite = (vendor.VENDOR / "lucide" / "sprite.svg").read_text(encoding="utf-8")
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    assert known == set(vendor.ICONS)
    named = {}
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        for name in re.findall(r"""partials/icon\.html["'] with [^%]*?name=["']([^"']+)["']""", text):
            named[name] = template.name
        for name in re.findall(r"""\bicon=["']([^"']+)["']""", text):
            named[name] = template.name
    assert {name: where for name, where in named.items() if name not in known} == {}


#: Mail is no page of the site: mail programs honour nothing but styles in the elements themselves.
PAGES = sorted(set(TEMPLATES.rglob("*.html")) - {TEMPLATES / "mail" / "frame.html"})


@pytest.mark.parametrize("template", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_has_nothing_the_policy_refuses(template: Path) -> None:
    text = re.sub(
        r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert not re.search(r"\sstyle\s*=", text), "inline style"
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text), "inline event handler"
    assert "<style" not in text
    for attributes in re.findall(r"<script\b([^>]*)>", text):
        assert "src=" in attributes or "application/ld+json" in attributes, "inline script"


# Contrast: WCAG 2.2 AA wants 4.5 for text and 3 for the edges of controls.
TEXT_PAIRS = [
    *(
        (ink, ground)
        for ink in ("ink", "muted", "accent", "danger")
        for ground in ("page", "surface", "sunken")
    ),
    *((ink, "surface") for ink in ("success", "warning", "info", "accent-strong", "danger-strong")),
    *((ink, "page") for ink in ("success", "warning", "info")),
    *((name, f"{name}-soft") for name in ("accent", "info", "success", "warning", "danger")),
    *(("ink", f"{name}-soft") for name in ("accent", "info", "success", "warning", "danger")),
    ("muted", "accent-soft"),
    ("accent-strong", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-danger", "danger"),
    ("ink", "accent-line"),
    ("ink", "mark"),
]
EDGE_PAIRS = [
    ("line-strong", "page"),
    ("line-strong", "surface"),
    ("focus", "page"),
    ("focus", "surface"),
    ("focus", "sunken"),
]


def palettes() -> dict[str, dict[str, str]]:
    text = (CSS / "tokens.css").read_text(encoding="utf-8")
    light, dark = text.split("@media screen and (prefers-color-scheme: dark)")
    day = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", light))
    return {"light": day, "dark": day | dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", dark))}


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_read(scheme: str) -> None:
    colours = palettes()[scheme]
    weak = {}
    for pairs, wanted in ((TEXT_PAIRS, 4.5), (EDGE_PAIRS, 3.0)):
        for one, other in pairs:
            if (ratio := contrast(colours[one], colours[other])) < wanted:
                weak[f"{one} on {other}"] = round(ratio, 2)
    assert weak == {}


def test_the_documented_contrasts_are_true() -> None:
    text = (ROOT / "docs" / "design-system.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z-]+) on ([a-z-]+) \| ([\d.]+) \| ([\d.]+) \|$", text, flags=re.MULTILINE)
    assert len(rows) == len(TEXT_PAIRS) + len(EDGE_PAIRS)
    both = palettes()
    for one, other, *numbers in rows:
        for scheme, number in zip(("light", "dark"), numbers, strict=True):
            assert f"{contrast(both[scheme][one], both[scheme][other]):.1f}" == number, (
                f"{one} on {other}, {scheme}"
            )


def test_every_colour_of_the_day_has_one_for_the_night() -> None:
    light, dark = (
        (CSS / "tokens.css")
        .read_text(encoding="utf-8")
        .split("@media screen and (prefers-color-scheme: dark)")
    )
    pattern = r"--([a-z-]+):\s*#"
    assert set(re.findall(pattern, light)) == set(re.findall(pattern, dark))


# Templates that must hold whatever is missing around them.


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "413", "429", "500"])
def test_an_error_page_needs_no_context(name: str) -> None:
    html = render_to_string(f"{name}.html")
    assert f"Error {name[:3]}" in html
    assert "<h1>" in html


def test_the_500_page_needs_no_list_of_static_files(settings) -> None:
    backend = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": backend}}
    html = render_to_string("500.html", {"reference": "4F7K"})
    assert "css/tokens.css" in html
    assert "4F7K" in html


def test_the_404_page_tells_nothing_of_the_request(rf, django_user_model) -> None:
    person = django_user_model(email="ada@example.org")
    pages = {
        render_to_string("404.html", {"user": person, "request_id": reference}, request=rf.get(path))
        for reference, path in (("a", "/2021/papers/17/"), ("b", "/2021/papers/999/"))
    }
    assert len(pages) == 1
    assert "csrfmiddlewaretoken" not in pages.pop()


class Sample(forms.Form):
    title = forms.CharField(help_text="As printed.")
    page = forms.URLField(required=False, assume_scheme="https")
    draft = forms.CharField(required=False)
    kind = forms.ChoiceField(choices=[("r", "Regular")], widget=forms.RadioSelect)
    file = forms.FileField(required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["draft"].needed = True


def test_a_field_group_ties_label_help_and_error_to_its_control() -> None:
    form = Sample({"title": ""})
    html = form["title"].as_field_group()
    assert '<label class="field__label" for="id_title">Title</label>' in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'id="id_title_helptext"' in html
    assert 'id="id_title_error"' in html
    assert 'aria-invalid="true"' in html
    group = form["kind"].as_field_group()
    assert '<fieldset aria-describedby="id_kind_error">' in group
    assert "<legend" in group


def test_only_what_may_stay_empty_is_called_optional() -> None:
    form = Sample()
    assert "(optional)" in form["page"].as_field_group()
    assert "(optional)" not in form["title"].as_field_group()
    assert "(optional)" not in form["draft"].as_field_group()


def test_the_error_summary_links_to_each_control() -> None:
    html = render_to_string("partials/error_summary.html", {"form": Sample({"page": "not an address"})})
    assert 'href="#id_title"' in html
    assert 'href="#id_page"' in html
    assert 'href="#id_kind_0"' in html
    assert "error-summary" not in render_to_string("partials/error_summary.html", {"form": Sample()})

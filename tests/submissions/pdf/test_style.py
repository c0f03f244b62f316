"""What the measured pages mean, and where headings are seen."""

import pytest

from submissions.pdf.stages import headings
from submissions.pdf.style import Measures, judge_style

GOOD = Measures(
    body_size=10.0, normal_share=0.8, columns=2, leading=12.0, pages_measured=8, pages=8, characters=40_000
)


def codes(**changed: object) -> list[str]:
    """The codes for good measures with some changed."""
    return [finding.code for finding in judge_style(Measures(**{**GOOD.__dict__, **changed}))]


def test_the_template_unchanged() -> None:
    assert judge_style(GOOD) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"body_size": 9.0, "normal_share": 0.05}, "font_size"),
        ({"body_size": 12.0, "normal_share": 0.0, "leading": 14.0}, "font_size"),
        ({"columns": 1}, "columns"),
        ({"leading": 10.2}, "leading"),
        ({"wide_pages": (2, 3), "widest": 560.0}, "margins"),
        ({"tall_pages": (1, 5, 6), "tallest": 710.0}, "margins"),
        ({"numbered_pages": 8}, "page_numbers"),
        ({"line_numbered_pages": 7}, "line_numbers"),
        ({"characters": 0}, "no_text"),
    ],
)
def test_each_difference(changed: dict[str, object], code: str) -> None:
    assert codes(**changed) == [code]


@pytest.mark.parametrize(
    "changed",
    [
        {"body_size": 8.0, "normal_share": 0.4},  # long listings and references
        {"wide_pages": (4,), "widest": 600.0},  # one page with a wide table
        {"columns": None, "leading": None, "body_size": None},  # too little text to tell
    ],
)
def test_one_odd_page_is_no_cheating(changed: dict[str, object]) -> None:
    assert codes(**changed) == []


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("References", "references"),
        ("R EFERENCES", "references"),
        ("VII. REFERENCES", "references"),
        ("7 References", "references"),
        ("References 501", "references"),
        ("Bibliography", "references"),
        ("APPENDIX", "appendices"),
        ("A PPENDIX A", "appendices"),
        ("Appendix B: Proofs", "appendices"),
        ("A Appendix", "appendices"),
        ("References to earlier work are given below.", None),
        ("appendix A shows that the bound is tight for all inputs.", None),
        ("see the references", None),
        ("", None),
    ],
)
def test_headings(line: str, part: str | None) -> None:
    found = headings.find([(1, "text before " * 20), (2, f"more text\n{line}\n[1] A. Author")])
    assert [(heading.part, heading.page, heading.at_top) for heading in found] == (
        [(part, 2, True)] if part else []
    )

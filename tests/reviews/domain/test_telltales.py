"""What a reviewer is warned of before authors could read it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.domain.telltales import MOST, find

REVIEWERS = ["Rita Müller-Lüdenscheidt", "Jun Li", "Ana May", "Fergus McDonald", "王伟"]


def warned(text: str, **more: object) -> list[str]:
    return [it.message for it in find([("summary", text)], reviewers=REVIEWERS, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("As Rita Müller-Lüdenscheidt showed", "is the name of a reviewer"),
        ("as rita muller-ludenscheidt showed", "is the name of a reviewer"),
        ("see May, 2019", "“May” is the name of a reviewer"),
        ("ask ana  may", "is the name of a reviewer"),
        ("Jun Li did this before", "“Jun Li” is the name of a reviewer"),
        ("McDonald did it before", "“McDonald” is the name of a reviewer"),
        ("as 王伟 showed", "is the name of a reviewer"),
        ("As Mu\u0308ller-Lu\u0308denscheidt showed", "is the name of a reviewer"),
        ("Write to me: rita@example.org.", "“rita@example.org” is an e-mail address"),
        ("As reviewer 2 said, it is late.", "speaks of another review"),
        ("I agree with Reviewer B", "speaks of another review"),
        ("the other reviewers", "speaks of another review"),
        ("Referee #3 is right", "speaks of another review"),
        ("In our discussion we found", "speaks of the committee's discussion"),
    ],
)
def test_it_warns(text: str, part: str) -> None:
    assert any(part in message for message in warned(text)), warned(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "This may work.", "A reviewer could ask for more.", "The review of related work is thin.",
        "We maybe want more; Mayer et al.", "@alice", "review of section 2", "Linear models, Lithium",
        "The authors review a number of methods; in this review I ask for more.", "Li et al. differ.",
    ],
)  # fmt: skip
def test_it_does_not_cry_wolf(text: str) -> None:
    assert warned(text) == []


def test_the_words_around_show_where_it_is() -> None:
    (found,) = find([("weak", "Long before. " * 9 + "Ask rita@example.org about it.")], reviewers=[])
    assert "Ask rita@example.org about it." in found.excerpt
    assert found.slug == "weak"


@given(st.text(max_size=300))
def test_any_text_is_looked_through(text: str) -> None:
    for it in find([("summary", text)], reviewers=[*REVIEWERS, "(.*", "a+b"]):
        assert 0 <= it.at < len(unicodedata.normalize("NFC", text))


def test_a_long_text_gives_few_warnings_quickly() -> None:
    assert len(warned("reviewer 2 " * 20_000)) == MOST
    assert warned("a" * 100_000) == []
    assert warned("a." * 50_000 + "@") == []

"""The search language: what it understands, and where it says that it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.domain import search
from reviews.domain.search import And, Node, Not, Or, SearchError, Term


def shown(node: Node | None) -> str:
    """A tree in brackets, without places."""
    match node:
        case None:
            return "everything"
        case Term(key, value, _, field, operator, number):
            if key in ("score", "mean", "reviews"):
                return f"{key}({field}{operator}{number:g})"
            return f"{key}={value}"
        case Not(inner):
            return f"not {shown(inner)}"
        case And(parts):
            return f"[{' & '.join(shown(part) for part in parts)}]"
        case Or(parts):
            return f"[{' | '.join(shown(part) for part in parts)}]"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", "everything"),
        ("   ", "everything"),
        ("#17", "#=17"),
        ("sparse gradients", "[=sparse & =gradients]"),
        ('"sparse gradients"', "=sparse gradients"),
        ("au:rossi", "au=rossi"),
        ("author:Rossi", "au=Rossi"),
        ('topic:"federated learning"', "topic=federated learning"),
        ("cat:short or cat:regular", "[cat=short | cat=regular]"),
        ("a b or c d", "[[=a & =b] | [=c & =d]]"),
        ("a and b or c", "[[=a & =b] | =c]"),
        ("a (b or c)", "[=a & [=b | =c]]"),
        ("not late:yes", "not late=yes"),
        ("-late:YES", "not late=yes"),
        ("-(a or b)", "not [=a | =b]"),
        ("NOT a OR b", "[not =a | =b]"),
        ("score:merit>=3", "score(merit>=3)"),
        ("score:merit:3", "score(merit=3)"),
        ("mean:merit<2.5", "mean(merit<2.5)"),
        ("score:overall-merit!=3", "score(overall-merit!=3)"),
        ("reviews<3", "reviews(<3)"),
        ("reviews:3", "reviews(=3)"),
        ("dec:none has:conflict", "[dec=none & has=conflict]"),
        ("peer-to-peer", "=peer-to-peer"),
        ("R&D 100%", "[=R&D & =100%]"),
    ],
)  # fmt: skip
def test_it_reads(text: str, tree: str) -> None:
    assert shown(search.parse(text)) == tree


@pytest.mark.parametrize(
    ("text", "at", "sentence"),
    [
        ("#x", 0, "not the number of a paper"),
        ("a #", 2, "not the number of a paper"),
        ("color:red", 0, "“color:” is not something to search by"),
        ("a and", 5, "ends where a condition is expected"),
        ("or a", 0, "A condition is expected here, not “or”"),
        ("a or or b", 5, "A condition is expected here, not “or”"),
        ("(a or b", 0, "never closed"),
        ("a)", 1, "closes nothing"),
        ("()", 1, "A condition is expected here, not “)”"),
        ('say "hello', 4, "not closed"),
        ("au:", 3, "What should “au:” look for?"),
        ("late:maybe", 5, "takes yes or no, not “maybe”"),
        ("dec:perhaps", 4, "takes none, any, accept, conditional, reject or desk, not “perhaps”"),
        ("score:merit>=many", 5, "“many” is not a number"),
        ("score:merit>=nan", 5, "“nan” is not a number"),
        ("score:merit>=1e99", 5, "is not a number"),
        ("score:merit", 5, "compares with a number, as in score:merit>=3"),
        ("reviews:", 7, "“” is not a number"),
        ("late=yes", 4, "followed by a colon"),
        ("(" * 40 + "a" + ")" * 40, 31, "nested too deeply"),
        ("-" * 400 + "a", None, ""),
        ("a" * 501, 500, "at most 500 are read"),
    ],
)
def test_it_says_where_it_does_not_understand(text: str, at: int | None, sentence: str) -> None:
    if at is None:
        search.parse(text)
        return
    with pytest.raises(SearchError) as caught:
        search.parse(text)
    assert sentence in str(caught.value)
    assert caught.value.at == at


@given(st.text(max_size=120) | st.text(alphabet='()-"#:<>= orandt17', max_size=60))
def test_any_text_is_understood_or_refused_with_a_place(text: str) -> None:
    error = refusal(text)
    assert error is None or (0 <= error.at <= len(text) and str(error))


def refusal(text: str) -> SearchError | None:
    try:
        search.parse(text)
    except SearchError as error:
        return error
    return None


def test_every_key_explains_itself_with_an_example_that_works() -> None:
    for key in search.KEYS.values():
        assert key.explanation
        assert search.parse(key.example) is not None

"""Who is taken for whom. Every case is asked both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.domain.conflicts.names import Confidence, Person, name_keys, same_name, same_person

MILLION = "a" * 1_000_000

#: One name, another, and a word of the doubt ("" for none).
SAME = [
    ("Mario Rossi", "Rossi, Mario", ""),
    ("Mario Rossi", "mario  rossi", ""),
    ("Mario Rossi", "ROSSI Mario", ""),
    ("Mario Rossi", "Rossi Mario", "order"),
    ("Mario ROSSI", "Rossi, Mario", ""),
    ("Prof. Dr. Mario Rossi", "Mario Rossi, PhD", ""),
    ("M. Rossi", "Mario Rossi", "initial"),
    ("M. Rossi", "Rossi, M.", "initial"),
    ("Mario Luigi Rossi", "Mario Rossi", ""),
    ("Mario L. Rossi", "Mario Luigi Rossi", ""),
    ("M. L. Rossi", "Mario Luigi Rossi", "initial"),
    ("José Núñez", "Jose Nunez", ""),
    ("Jürgen Müller", "Juergen Mueller", ""),
    ("Jürgen Müller", "Jurgen Muller", ""),
    ("Søren Ødegård", "Soeren Oedegaard", ""),
    ("Łukasz Żółw", "Lukasz Zolw", ""),
    ("Ludwig van Beethoven", "van Beethoven, Ludwig", ""),
    ("Ludwig van Beethoven", "Beethoven, Ludwig", ""),
    ("Jan van der Berg", "Jan Vanderberg", ""),
    ("Marco De Luca", "Marco DeLuca", ""),
    ("Conor O'Brien", "Conor O’Brien", ""),
    ("Conor O'Brien", "Conor OBrien", ""),
    ("Jean-Pierre Martin", "Jean Pierre Martin", ""),
    ("J.-P. Martin", "Jean-Pierre Martin", "initial"),
    ("J.P. Martin", "Jean-Pierre Martin", "initial"),
    ("Juan García López", "Juan García-López", ""),
    ("Juan García López", "Juan García", "second family name"),
    ("García López, Juan", "Juan García", "second family name"),
    ("Wei Wang", "Wang, Wei", "many people"),
    ("Wei Wang", "Wang Wei", "many people"),
    ("Min-Jae Kim", "Minjae Kim", "many people"),
    ("Min Jae Kim", "Kim Min-Jae", "many people"),
    ("Wei Wang 0001", "Wei Wang", "many people"),
    ("Bob Smith", "Robert Smith", "short form"),
    ("Mike Stone", "Michael Stone", "short form"),
    ("Иван Петров", "Петров, Иван", ""),
    ("王小明", "王小明", ""),
    ("Mario R\u043essi", "Mario Rossi", ""),  # a Cyrillic о among Latin letters
    ("M\u200bario Ro\u200dssi", "Mario Rossi", ""),  # zero-width characters
    ("\u202eMario Rossi\u202c", "Mario Rossi", ""),  # right-to-left override
    ("Ｍａｒｉｏ Ｒｏｓｓｉ", "Mario Rossi", ""),
    ("Mario Rossi (Roma)", "Mario Rossi", ""),
]
DIFFERENT = [
    ("", ""),
    (" ", " "),
    ("\u200b", "\u200b"),
    ("...", "..."),
    ("Rossi", "Rossi"),
    ("Mario", "Mario Rossi"),
    ("Mario Rossi", "Maria Rossi"),
    ("Mario Rossi", "Mario Russo"),
    ("Mario L. Rossi", "Mario G. Rossi"),
    ("Mario Luigi Rossi", "Mario Giorgio Rossi"),
    ("J. Rossi", "Mario Rossi"),
    ("Li Xu", "Li Xue"),
    ("Bauer, Anna", "Baur, Anna"),
    ("Wei Wang", "Wei Zhang"),
    ("Wei Wang 0001", "Wei Wang 0002"),
    ("Wei Li", "Wei Li Zhang"),
    ("Anna Li", "Anna Li Bassi"),
    ("Min-Jae Kim", "Min-Ho Kim"),
    ("王伟", "王小明"),
    ("王", "王"),
    ("Иван Петров", "Иван Сидоров"),
    ("John David Smith", "David Smith"),
    (MILLION, ""),
]


@pytest.mark.parametrize(("one", "other", "doubt"), SAME)
def test_names_of_one_person(one, other, doubt):
    match = same_name(one, other)
    assert match is not None
    assert match == same_name(other, one)
    assert match.confidence is Confidence.PROBABLE
    assert doubt in match.doubt
    assert bool(match.doubt) == bool(doubt)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_names_of_two_people(one, other):
    assert same_name(one, other) is None
    assert same_name(other, one) is None


def test_an_address_or_an_orcid_is_certain_whatever_the_name():
    one = Person(("Anna Bianchi",), ("Anna.B@uni.example",), "0000-0002-1825-0097")
    married = Person(("Anna Verdi",), ("anna.b+review@UNI.example",))
    moved = Person(("A. Verdi",), ("verdi@other.example",), "https://orcid.org/0000-0002-1825-0097")
    assert same_person(one, married).why == "the same e-mail address"
    assert same_person(one, moved).why == "the same ORCID iD"
    assert {same_person(one, other).confidence for other in (married, moved)} == {Confidence.CERTAIN}


def test_two_orcids_tell_homonyms_apart():
    one = Person(("Mario Rossi",), orcid="0000-0002-1825-0097")
    other = Person(("Mario Rossi",), orcid="0000-0001-5109-3700")
    assert same_person(one, other) is None
    assert same_person(one, Person(("Mario Rossi",))) is not None


def test_an_initial_with_a_common_name_counts_only_at_the_same_institution():
    one, other = Person(("W. Wang",)), Person(("Wei Wang",))
    assert same_person(one, other) is None
    assert same_person(one, other, same_institution=True).doubt == ""
    assert same_person(Person(("Wei Wang",)), other, same_institution=True).doubt == ""


def test_nothing_known_matches_nobody():
    assert same_person(Person(), Person()) is None
    assert same_person(Person(("",), ("",)), Person(("",), ("",))) is None
    assert same_person(Person(emails=("@",)), Person(emails=("@",))) is None


def test_a_name_of_a_megabyte_is_cut_and_compared():
    long = "Mario " + "x" * 1_000_000
    assert same_name(long, long) is not None
    assert max(len(key) for key in name_keys(long)) < 1000


names = st.lists(
    st.text(st.sampled_from("abcéüßñøŁ王李Иo-'., \u200b\u202e1"), min_size=1, max_size=8),
    min_size=1,
    max_size=4,
).map(" ".join)


@given(names, names)
def test_a_match_is_symmetric_and_shares_a_key(one, other):
    match = same_name(one, other)
    assert match == same_name(other, one)
    if match is not None:
        assert name_keys(one) & name_keys(other)


@given(st.text(max_size=60))
def test_any_text_is_compared_without_an_error_and_alike_in_capitals(text):
    assert same_name(text, "Mario Rossi") == same_name("Mario Rossi", text)
    assert name_keys(text) == name_keys(f"  {text}\u200b ")


letters = st.text("abcdefghijklmnopqrstuvwxyzéüñ", min_size=2, max_size=10).map(str.capitalize)


@given(letters, letters)
def test_the_order_with_a_comma_never_matters(given_name, family):
    if {given_name.casefold(), family.casefold()} & {"dr", "jr", "sr", "md", "ii", "mr", "ms", "mx"}:
        return
    assert same_name(f"{given_name} {family}", f"{family}, {given_name}") is not None

"""Reading members' papers: what people really upload, and what nobody should."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.domain import bibtex, latex
from reviews.domain.bibtex import Entry, Reading, decoded, pasted, read

DBLP = """\
@inproceedings{DBLP:conf/made/SmithM21,
  author       = {Jane Q. Smith and
                  Jos{\\'{e}} M{\\"{u}}ller 0001 and
                  {\\L}ukasz Zi{\\k{e}}ba},
  editor       = {Ann Editor},
  title        = {A Study of {GPU} Caches: {\\(\\alpha\\)}-Fair Sharing},
  booktitle    = {{MADE} 2021: Workshop on Made-up Things, Lyon, France, May 21,
                  2021},
  pages        = {1--8},
  publisher    = {{ACM}},
  year         = {2021},
  url          = {https://doi.org/10.1145/1234567.1234568},
  doi          = {10.1145/1234567.1234568},
  timestamp    = {Mon, 03 Jan 2022 22:10:51 +0100},
  biburl       = {https://dblp.example/rec/conf/made/SmithM21.bib},
  bibsource    = {dblp computer science bibliography, https://dblp.example}
}
"""

SCHOLAR = """\
@article{smith2019sparse,
  title={Sparse things \\& dense things},
  author={Smith, Jane and M{\\"u}ller, Jos{\\'e} and van der Berg, Hans and others},
  journal={Journal of Things},
  volume={3},
  number={4},
  pages={1--20},
  year={2019},
  publisher={Made-up Press}
}

"""


def only(reading: Reading) -> Entry:
    (entry,) = reading.entries
    return entry


def said(reading: Reading) -> list[str]:
    return [str(problem) for problem in reading.problems]


def test_an_export_of_dblp() -> None:
    reading = read(DBLP)
    assert said(reading) == []
    assert only(reading) == Entry(
        title="A Study of GPU Caches: α-Fair Sharing",
        year=2021,
        authors=("Jane Q. Smith", "José Müller", "Łukasz Zięba"),
        venue="MADE 2021: Workshop on Made-up Things, Lyon, France, May 21, 2021",
        doi="10.1145/1234567.1234568",
        key="DBLP:conf/made/SmithM21",
        line=1,
    )


def test_an_export_of_google_scholar() -> None:
    entry = only(read(SCHOLAR))
    assert entry.title == "Sparse things & dense things"
    assert entry.authors == ("Jane Smith", "José Müller", "Hans van der Berg")
    assert (entry.year, entry.venue) == (2019, "Journal of Things")


def test_a_volume_lends_its_name_and_year_and_is_no_paper() -> None:
    reading = read(
        "@inproceedings{a, title={Paper}, crossref={conf/x}}\n"
        "@proceedings{conf/x, title={Proceedings of X}, year=2018, editor={E. Ditor}}"
    )
    assert (only(reading).title, only(reading).venue, only(reading).year) == (
        "Paper",
        "Proceedings of X",
        2018,
    )
    assert said(reading) == []


def test_volumes_that_refer_to_each_other_do_no_harm() -> None:
    reading = read(
        "@misc{a, title={One}, crossref={b}}\n@misc{b, title={Two}, crossref={a}}\n"
        "@misc{c, title={Three}, crossref={c}}\n@misc{d, title={Four}, crossref={gone}}"
    )
    assert [(entry.title, entry.venue) for entry in reading.entries] == [
        ("One", "Two"), ("Two", "One"), ("Three", ""), ("Four", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"Erd\H{o}s, G\"odel, {\'E}cole, na\"{\i}ve", "Erdős, Gödel, École, naïve"),
        (r"stra{\ss}e, K{\o}benhavn, \L ukasz, Fran\c cois", "straße, København, Łukasz, François"),
        (r"50% of A & B, 5\,\% of \$3", "50% of A & B, 5 % of $3"),
        (r"\emph{Deep} \textbf{{N}ets} --- ``so'' x--y~z", "Deep Nets — “so” x–y z"),
        (r"$\mathcal{O}(n)$ and \unknown{this} \odd that", "O(n) and this odd that"),
        (r"R&amp;D, \{braces\}, a\_b", "R&D, {braces}, a_b"),
        ("Überall schon ünïcode", "Überall schon ünïcode"),
        ("a trailing \\", "a trailing \\"),
    ],
)
def test_latex_becomes_what_a_reader_sees(written: str, meant: str) -> None:
    assert latex.plain(written) == meant


def test_a_missing_comma_is_put_in_and_told() -> None:
    reading = read(
        '@article{a,\n  title = {X and Y}\n  year = 2020,\n  abstract = "Words"\n  doi = {10.1000/x}}'
    )
    entry = only(reading)
    assert (entry.year, entry.abstract, entry.doi) == (2020, "Words", "10.1000/x")
    assert said(reading) == [
        "Line 3: A comma is missing before “year”. It was read all the same.",
        "Line 5: A comma is missing before “doi”. It was read all the same.",
    ]


def test_an_entry_that_is_not_closed_costs_only_itself() -> None:
    reading = read("@article{a,\n  year = 2020,\n  title = {Open\n}\n\n@misc{b, title={Good}}\n")
    assert [entry.title for entry in reading.entries] == ["Good"]
    assert any("not closed" in sentence for sentence in said(reading))
    assert "Line 1: “a” has no title; it was left out." in said(reading)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('@misc{k,title="one } too many"}', "A closing brace has no opening one"),
        ("@misc{k, year=2000}", "“k” has no title"),
        ("@misc{k, title={}}", "“k” has no title"),
        ("@misc{k, title=nowhere}", "“nowhere” is neither in quotes or braces nor defined by @string"),
        ("@misc{k, 3={x}, title={T}}", "is missing"),
        ("Dear chair, I wrote nothing.", "There is no BibTeX entry in it"),
        ("", "There is no BibTeX entry in it"),
        ("mail me@example.org", "There is no BibTeX entry in it"),
        ("@misc{k, title={" + "t" * 501 + "}}", "has more than 500 characters"),
    ],
)  # fmt: skip
def test_mistakes_are_told_and_the_next_entry_is_read(text: str, part: str) -> None:
    assert part in " ".join(said(read(text)))
    assert [entry.title for entry in read(f"{text}\n@misc{{l, title={{The next}}}}").entries] == ["The next"]


@pytest.mark.parametrize(
    "text",
    [
        "@misc{, title={T}}", "@misc{two words, title={T}}", "@misc{title={T}}", "@MISC ( k , TITLE = {T} , )",
        "@misc{k,title={T}}}}", "@misc{k,title={T},title={U}}", "@misc{schlüssel, title = \"T\"}",
        "@comment{@misc{k,title={T}}}", "% a remark\n@misc{k, title={T}, month=sept}", "\ufeff@misc{k, title={T}}",
        "@misc{k,\r\n title={T}\r\n}\r\n", "@misc{k,\r title={T}\r}", "@string{t = {T}} @misc{k, title=T}",
        "@preamble{\"x\"}\n@misc{k, title={T.}}", "@misc{k, title = \"\" # \"T\" }", "@misc{k, title={T\x00}}",
    ],
)  # fmt: skip
def test_oddities_are_read_without_a_word(text: str) -> None:
    reading = read(text)
    assert only(reading).title == "T"
    assert said(reading) == []


def test_the_same_paper_twice_counts_once_and_the_same_key_does_not_matter() -> None:
    reading = read("@misc{k,title={A Thing}}\n@misc{k,title={Another}}\n@misc{l,title={{a} thing.}}")
    assert [entry.title for entry in reading.entries] == ["A Thing", "Another"]
    assert said(reading) == ["Line 3: “a thing” is the same as in line 1; it counts once."]


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("A. Smith and and B. Jones and", ("A. Smith", "B. Jones")),
        ("King, Jr, Martin and {The ATLAS Collaboration}", ("Martin King Jr", "The ATLAS Collaboration")),
        ("{Barnes and Noble} AND others", ("Barnes and Noble",)),
        ("a, b, c, d, e", ("a, b, c, d, e",)),
        ("", ()),
    ],
)
def test_names(written: str, names: tuple[str, ...]) -> None:
    assert only(read(f"@misc{{k, title={{T}}, author={{{written}}}}}")).authors == names


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        ("https://doi.org/10.1145/12.34", "10.1145/12.34"), ("doi:10.1000/a\\_b", "10.1000/a_b"),
        ("{10.1000/x}", "10.1000/x"), ("n/a", ""),
    ],
)  # fmt: skip
def test_doi(written: str, doi: str) -> None:
    assert only(read(f"@misc{{k, title={{T}}, doi={{{written}}}}}")).doi == doi


@pytest.mark.parametrize(
    ("written", "year"), [("2020", 2020), ("to appear 2021", 2021), ("20201", None), ("n.d.", None)]
)
def test_year(written: str, year: int | None) -> None:
    assert only(read(f"@misc{{k, title={{T}}, year={{{written}}}}}")).year == year
    assert only(read(f"@misc{{k, title={{T}}, date={{{written}}}}}")).year == year


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
def test_files_in_the_encodings_people_have(encoding: str) -> None:
    text = "@misc{k, title={Café – Zürich}}" if encoding != "latin-1" else "@misc{k, title={Café in Zürich}}"
    assert only(read(text.encode(encoding))).title == text[16:-2]
    assert decoded(b"\x81\x8d") == "\x81\x8d"


# ---------------------------------------------------------------------------------------------------------------------
# Hostile


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("@misc{k,title={" + "{" * 5000, "nested too deeply"),
        ("@misc{k,title={" + "{}" * 40_000 + "}}", "too many braces"),
        (('@misc{k,title="' + "{}" * 4_000 + '"}\n') * 240, "too many braces"),
        ('@string{a="xx"}\n' + "@string{a=a#a}\n" * 100 + "@misc{k,title=a}", "more than 500 characters"),
        ("@string{a=b}\n@string{b=a}\n@string{a=a#b}\n@misc{k,title=a#b}", "“k” has no title"),
        ('@string{a="' + "x" * 1000 + '"}\n@misc{k,title=a' + "#a" * 45_000 + "}", "“k” has no title"),
        ("@" * 2_000_000, "There is no BibTeX entry"),
        ("@misc{a" * 200_000, "more than 100,000 characters"),
        ("@misc{a,t={\n" * 10_000, "not closed"),
        ("@misc{k,abstract={" + "\\a " * 60_000 + "}}", "more than 100,000 characters"),
        (("@misc{k,abstract={" + "\\a " * 6_000 + "}}\n") * 9, "too much LaTeX"),
        ("@misc{k,t={x}" + "\na={b}" * 10_000 + "}", "comma is missing"),
        ("@misc{k,title={T},author={a" + " and b" * 20_000 + "}}", "more than 100,000 characters"),
        ("@misc{k,title={T},author={a" + " and b" * 6_000 + "}}", "more than 5,000 authors"),
        ("\n" * 2_000_000, "There is no BibTeX entry"),
        ("@misc{k," + " " * 90_000 + "}", "“k” has no title"),
        ("x" * 2_000_001, "at most 2,000,000 are read"),
    ],
    ids=lambda text: text[:24].strip() + "…",
)  # fmt: skip
def test_hostile_text_is_refused_in_words(text: str, part: str) -> None:
    reading = read(text)
    assert part in " ".join(said(reading))
    assert [entry.title for entry in reading.entries] in ([], ["T"])
    assert len(reading.problems) <= bibtex.MOST_PROBLEMS + 1


def test_a_file_that_is_too_big_is_refused_with_its_size() -> None:
    assert said(read(b"@" * 2_000_001))[0].startswith("It has 2,000,001 bytes; at most 2,000,000 are read.")


def test_no_more_entries_than_the_limit_are_read() -> None:
    reading = read("".join(f"@misc{{k{number},title={{Title {number}}}}}\n" for number in range(1002)))
    assert len(reading.entries) == 1000
    assert said(reading) == ["Line 1001: Only the first 1,000 entries were read; this one begins the rest."]


def test_many_mistakes_are_summed_up() -> None:
    reading = read("@misc{k, year=2000}\n" * 70)
    assert len(reading.problems) == 51
    assert said(reading)[-1] == "… and 20 more like these."


pieces = st.sampled_from([*"@{}()\"=,#\\$%&~\n '`^ab1é\x00\ud800", "@misc{k,", "title={", "author=", " and "])
bibtex_like = st.lists(pieces, max_size=60).map("".join)


@settings(deadline=None)
@given(bibtex_like | st.text(string.printable, max_size=80) | st.binary(max_size=80))
def test_nothing_at_all_makes_it_raise(source: str | bytes) -> None:
    for reading in (read(source), pasted(source) if isinstance(source, str) else Reading()):
        for entry in reading.entries:
            assert entry.title.strip()
            str(entry).encode()
        for problem in reading.problems:
            str(problem).encode()


# ---------------------------------------------------------------------------------------------------------------------
# Pasted text


def test_paragraphs_are_papers() -> None:
    reading = pasted(
        "\n\nFirst title\r\nIts abstract\r\nin two lines.\r\n  \r\n\r\nSecond title\n\nThird\nAbstract: It says this.\n"
    )
    assert [(entry.title, entry.abstract, entry.line) for entry in reading.entries] == [
        ("First title", "Its abstract in two lines.", 3),
        ("Second title", "", 8),
        ("Third", "It says this.", 10),
    ]
    assert said(reading) == []


def test_pasted_bibtex_is_read_as_bibtex() -> None:
    assert pasted("\n  " + DBLP).entries[0].title == read(DBLP).entries[0].title


def test_pasted_text_without_a_title_or_with_too_long_a_one_is_told() -> None:
    assert said(pasted(" \n\n ")) == [
        "There is no title in it. Put each title in a line of its own, and its abstract below it."
    ]
    reading = pasted("Good\n\n" + "word " * 200)
    assert only(reading).title == "Good"
    assert said(reading)[0].startswith("Line 3: The title “word word")
    assert said(pasted("Same\n\nsame."))[0] == "Line 3: “same.” is the same as in line 1; it counts once."
    assert len(pasted("\n\n".join(map(str, range(2000)))).entries) == bibtex.MOST_ENTRIES


def test_an_abstract_that_is_too_long_is_cut_and_told() -> None:
    reading = pasted("Title\n" + "a " * 20_000)
    assert len(only(reading).abstract) == 20_000
    assert said(reading) == ["Line 1: The abstract of “Title” was cut at 20,000 characters."]

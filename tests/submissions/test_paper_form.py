"""What the submission form says and asks, by the call it is made from."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from submissions.models import Edition, ExtraField, Paper
from submissions.services import papers
from submissions.services.contents import ANSWER_MAX_CHARS
from submissions.services.errors import Refused
from tests import factories
from tests.factories import Form

pytestmark = pytest.mark.django_db


@pytest.fixture
def call() -> Edition:
    return factories.edition()


@pytest.fixture
def ada() -> User:
    return factories.person("Ada Author")


def empty_form(call: Edition, person: User) -> str:
    answer = factories.signed_in(person).get(reverse("paper_new", args=[call.slug]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_call_without_topics_asks_for_none(call, ada):
    form = Form.filled(call, ada).but(topics=[]).with_file()
    call.topics.all().delete()
    assert 'name="topics"' not in empty_form(call, ada)
    factories.signed_in(ada).post(reverse("paper_new", args=[call.slug]), form.fields)
    assert Paper.objects.get().state == "submitted"


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [(0, 300, "At most 300 words."), (100, 300, "100 to 300 words."), (100, 0, "At least 100 words.")],
)
def test_the_form_says_how_long_an_abstract_may_be(call, ada, least, most, words):
    Edition.objects.update(abstract_min_words=least, abstract_max_words=most)
    assert words in empty_form(call, ada)


def test_an_abstract_without_limits_has_none_on_the_form(call, ada):
    Edition.objects.update(abstract_min_words=0, abstract_max_words=0)
    assert "0 words" not in empty_form(call, ada)


def test_a_chairs_help_text_is_text(call, ada):
    ExtraField.objects.create(
        edition=call, slug="x", label="X", kind="text", help_text="Use <b>bold</b> & so on"
    )
    assert "Use &lt;b&gt;bold&lt;/b&gt; &amp; so on" in empty_form(call, ada)


def test_an_answer_that_cannot_be_stored_is_refused_whatever_brings_it(call, ada):
    """A form drops such characters and stops at the limit; PostgreSQL would answer with an error of ours."""
    remark = ExtraField.objects.create(edition=call, slug="remark", label="Remark", kind="text")
    draft = factories.paper(call, ada, file=None)
    for answer in ("\x00", "x" * (ANSWER_MAX_CHARS + 1)):
        with pytest.raises(Refused, match="The answer to “Remark”"):
            papers.save(
                actor=ada,
                paper=draft,
                revision=draft.revision,
                data=factories.whole_data(call, factories.author_data(ada), extras={remark.pk: answer}),
                arrived_at=timezone.now(),
            )

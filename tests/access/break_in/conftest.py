"""An edition with its people and one paper, to break into."""

import pytest

from accounts.models import User
from submissions.models import Edition, Paper
from tests import factories


@pytest.fixture
def call() -> Edition:
    return factories.edition()


@pytest.fixture
def ada() -> User:
    return factories.person("Ada Author")


@pytest.fixture
def paper(call: Edition, ada: User) -> Paper:
    return factories.paper(call, ada)


@pytest.fixture
def chair(call: Edition) -> User:
    return factories.chair(call)


@pytest.fixture
def admin() -> User:
    return factories.with_second_factor(factories.person("Alex Admin", is_staff=True, is_superuser=True))

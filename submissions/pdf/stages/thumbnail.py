"""A small picture of the first page, so that authors and chairs see at a glance which file it is."""

from __future__ import annotations

import base64
import io

import pypdfium2
from PIL import Image

from submissions.pdf.limits import Limits
from submissions.pdf.stages import Emit, Outcome

Image.preinit()  # the encoders, loaded before the limits are taken and once for all files

WIDTH, MAX_HEIGHT = 400, 800  # pixels


def render(data: bytes, limits: Limits, emit: Emit) -> Outcome:
    """Draw the first page about 400 pixels wide (never higher than 800) as PNG."""
    with pypdfium2.PdfDocument(data) as document:
        page = document[0]
        width, height = page.get_size()
        scale = min(WIDTH / width, MAX_HEIGHT / height)
        picture = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True).to_pil().convert("RGB")
    out = io.BytesIO()
    picture.quantize(64).save(out, format="PNG", optimize=False)
    emit(stage="thumbnail", png=base64.b64encode(out.getvalue()).decode("ascii"))
    return Outcome.GO_ON

"""How much one check may use. Shared by the parent and the child; plain values."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Limits of one check. Seconds, bytes and counts; the defaults are the house rules.

    slots_dir   folder of the machine-wide places (None: $SCADL_PDF_SLOTS, else one in the temporary folder)
    slots       checks that may run at once on the machine
    wait        seconds to wait for a free place before the answer is "busy"
    warm        keep the helper process with the libraries loaded for the next file
    front       read title and abstract from the first page instead of looking at the file as a manuscript
    """

    wall: float = 10.0
    cpu: int = 8
    memory: int = 512 * MEBIBYTE
    open_files: int = 32
    max_pages: int = 2000
    slots: int = 2
    wait: float = 60.0
    slots_dir: Path | None = None
    warm: bool = True
    front: bool = False

    def to_wire(self) -> bytes:
        """What the child needs to know, as one JSON line of fewer than `WIRE_BYTES` bytes, padded to that."""
        wanted = ("wall", "cpu", "memory", "open_files", "max_pages", "front")
        return (
            json.dumps({key: value for key, value in asdict(self).items() if key in wanted})
            .encode()
            .ljust(WIRE_BYTES)
        )

    @classmethod
    def from_wire(cls, message: bytes) -> Limits:
        """The limits a parent sent with `to_wire`."""
        return cls(**json.loads(message))


WIRE_BYTES = 256

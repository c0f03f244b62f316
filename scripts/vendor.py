#!/usr/bin/env python3
"""Fetch the front-end parts we do not write ourselves into static/vendor/.

    python scripts/vendor.py            # fetch everything again, rewrite the manifest
    python scripts/vendor.py --check    # compare the tree with the manifest, fetch nothing

Packages come through the npm client (`npm pack`), so whatever registry npm is configured for is used and none is
recorded here. Each package keeps its licence file. `static/vendor/manifest.json` names every file with its SHA-256;
`tests/test_vendor.py` fails when a file is missing, changed or not listed.

To update a part: change its version below, run the script, look at the styleguide, commit.
To add an icon: add its lucide name to ICONS, run the script, use it with
`{% include "partials/icon.html" with name="…" %}`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"

ICONS = [
    "arrow-down",
    "arrow-left",
    "arrow-right",
    "arrow-up",
    "ban",
    "bell",
    "book-open",
    "calendar",
    "calendar-plus",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-alert",
    "circle-check",
    "circle-dashed",
    "circle-dot",
    "circle-question-mark",
    "circle-user",
    "circle-x",
    "clock",
    "copy",
    "download",
    "ellipsis",
    "external-link",
    "eye",
    "eye-off",
    "file-check",
    "file-text",
    "file-up",
    "file-x",
    "flag",
    "gavel",
    "globe",
    "history",
    "hourglass",
    "inbox",
    "info",
    "key-round",
    "link",
    "list-filter",
    "lock",
    "log-in",
    "log-out",
    "mail",
    "map-pin",
    "menu",
    "message-square",
    "minus",
    "pencil",
    "plus",
    "printer",
    "refresh-cw",
    "scale",
    "search",
    "send",
    "settings",
    "shield-check",
    "star",
    "tag",
    "trash-2",
    "triangle-alert",
    "undo-2",
    "upload",
    "user",
    "user-plus",
    "users",
    "x",
]

PDF_FONTS = (
    *("LICENSE_FOXIT", "LICENSE_LIBERATION", "FoxitDingbats.pfb", "FoxitSymbol.pfb"),
    *(f"FoxitFixed{style}.pfb" for style in ("", "Bold", "BoldItalic", "Italic")),
    *(f"FoxitSerif{style}.pfb" for style in ("", "Bold", "BoldItalic", "Italic")),
    *(f"LiberationSans-{style}.ttf" for style in ("Bold", "BoldItalic", "Italic", "Regular")),
)
PDF_DECODERS = (
    *("LICENSE_JBIG2", "LICENSE_OPENJPEG", "LICENSE_PDFJS_JBIG2", "LICENSE_PDFJS_OPENJPEG"),
    *("jbig2_nowasm_fallback.js", "openjpeg_nowasm_fallback.js"),
)
INTER = "files/inter-{}-wght-normal.woff2"


@dataclass(frozen=True)
class Part:
    """One npm package: which of its files we keep, and under what name."""

    folder: str
    package: str
    version: str
    licence: str
    files: dict[str, str]  # path inside the package -> path inside our folder


PARTS = (
    Part(
        "inter",
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        {
            "LICENSE": "LICENSE",
            **{INTER.format(s): f"inter-{s}.woff2" for s in ("latin", "latin-ext", "vietnamese", "greek")},
        },
    ),
    Part("lucide", "lucide-static", "1.62.0", "ISC", {"LICENSE": "LICENSE"}),
    Part(
        "htmx",
        "htmx.org",
        "4.0.1",
        "0BSD",
        {"LICENSE": "LICENSE", "dist/htmx.min.js": "htmx.min.js"},
    ),
    Part(
        "temml",
        "temml",
        "0.13.5",
        "MIT",
        {
            "LICENSE": "LICENSE",
            "dist/temml.min.js": "temml.min.js",
            "dist/Temml-Local.css": "Temml-Local.css",
            "dist/Temml.woff2": "Temml.woff2",
        },
    ),
    # The builds for browsers of the last years, not only the latest. No sandbox (scripts of PDF files never run), no
    # viewer, and the decoders that work without WebAssembly, which our content security policy does not allow.
    Part(
        "pdfjs",
        "pdfjs-dist",
        "6.5.438",
        "Apache-2.0",
        {
            "LICENSE": "LICENSE",
            "legacy/build/pdf.min.mjs": "pdf.min.mjs",
            "legacy/build/pdf.worker.min.mjs": "pdf.worker.min.mjs",
            **{f"standard_fonts/{name}": f"standard_fonts/{name}" for name in PDF_FONTS},
            **{f"wasm/{name}": f"wasm/{name}" for name in PDF_DECODERS},
        },
    ),
)


def npm_pack(part: Part, folder: Path) -> tuple[Path, str]:
    """Download and unpack one package; return its folder and the hash npm calls its integrity."""
    done = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{part.package}@{part.version}"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    tarball = folder / done.stdout.strip().splitlines()[-1]
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    target = folder / part.folder
    with tarfile.open(tarball) as archive:
        archive.extractall(target, filter="data")
    return target / "package", integrity


def sprite(icons: Path) -> str:
    """One SVG holding a <symbol> for each icon in ICONS."""
    symbols = []
    for name in sorted(ICONS):
        source = (icons / f"{name}.svg").read_text(encoding="utf-8")
        found = re.search(r"<svg\b[^>]*>(.*)</svg>", source, flags=re.DOTALL)
        if found is None:
            raise SystemExit(f"{name}.svg does not look like an icon")
        shapes = re.sub(r"\s*\n\s*", "", found[1])
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    head = '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="2"'
    return f'{head} stroke-linecap="round" stroke-linejoin="round">\n' + "\n".join(symbols) + "\n</svg>\n"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch() -> None:
    manifest = []
    with tempfile.TemporaryDirectory() as scratch:
        for part in PARTS:
            print(f"{part.package} {part.version}", flush=True)
            package, integrity = npm_pack(part, Path(scratch))
            target = VENDOR / part.folder
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(parents=True)
            for source, name in part.files.items():
                data = (package / source).read_bytes()
                if name.endswith(
                    (".js", ".mjs")
                ):  # Source maps are not vendored, so drop the comment that points at them.
                    data = re.sub(rb"\n?//# sourceMappingURL=\S+\s*$", b"\n", data)
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                (target / name).write_bytes(data)
            if part.folder == "lucide":
                (target / "sprite.svg").write_text(sprite(package / "icons"), encoding="utf-8")
            manifest.append(
                {
                    "name": part.package,
                    "version": part.version,
                    "licence": part.licence,
                    "licence_file": f"{part.folder}/LICENSE",
                    "integrity": integrity,
                    "files": {
                        str(path.relative_to(VENDOR)): sha256(path)
                        for path in sorted(target.rglob("*"))
                        if path.is_file()
                    },
                }
            )
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def problems(vendor: Path = VENDOR) -> list[str]:
    """Everything in which the folder and its manifest disagree; empty when all is well."""
    listed: dict[str, str] = {}
    found = []
    for part in json.loads((vendor / "manifest.json").read_text(encoding="utf-8")):
        listed |= part["files"]
        if part["licence_file"] not in part["files"]:
            found.append(f"{part['name']}: its licence file is not listed")
    for name, wanted in listed.items():
        path = vendor / name
        if not path.is_file():
            found.append(f"{name}: listed but missing")
        elif sha256(path) != wanted:
            found.append(f"{name}: not the file that was vendored")
    present = {str(p.relative_to(vendor)) for p in vendor.rglob("*") if p.is_file()} - {"manifest.json"}
    found += [f"{name}: not listed in the manifest" for name in sorted(present - set(listed))]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare files with the manifest, fetch nothing")
    if not parser.parse_args().check:
        fetch()
    found = problems()
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

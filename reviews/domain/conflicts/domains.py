"""From an e-mail address to the domain of an institution: sub-domains, public suffixes, free mail.

The lists themselves are handed in; `reviews.data` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reviews.domain.conflicts.text import LONGEST, clean, listed

#: Second labels under a country's domain that are open to many (“ac.uk”, “com.br”), a public suffix in short.
_SECOND_LABELS = listed(
    "ab ac ad asn asso ato av bc bel co com ed edu ernet gob gop gouv gov govt go gr gv id k12 lg lp ltd mb me mi mil "
    "mod muni nb ne net nf nhs nic ns nt nu nsw nom nl om on or org pe plc pol police pr qc qld re res rnu sa sc sch "
    "school sk tas tm univ vic wa web yk"
)
#: Provinces of China have second labels of their own, and so have universities under “edu.cn” of each.
_PROVINCES = listed(
    "ah bj cq fj gd gs gx gz ha hb he hi hk hl hn jl js jx ln mo nm nx qh sc sd sh sn sx tj tw xj xz yn zj"
)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
#: Sub-domains of people who have left.
_FORMER = frozenset(("alum", "alumni", "alumno", "ancien", "alumnos-egresados"))


def host_of(email: str) -> str:
    """The host of an address (or a bare host) in small ASCII letters; empty when it can be none."""
    host = clean(email[:LONGEST]).rpartition("@")[2].lower().rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    labels = host.split(".")
    valid = len(labels) > 1 and len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)
    return host if valid and not labels[-1].isdigit() else ""


def is_public_suffix(domain: str) -> bool:
    """Whether anybody can register a name under `domain`: “uk”, “ac.uk”, “bj.edu.cn”. By rule, not by a list."""
    labels = domain.split(".")
    if len(labels) == 1:
        return True
    if len(labels[-1]) != 2:
        return False
    if labels[-1] == "cn" and labels[0] in _PROVINCES:
        return len(labels) == 2 or (len(labels) == 3 and labels[1] in {"edu", "gov"})
    if labels[-1] == "au" and len(labels) == 3 and labels[1] == "edu":
        return labels[0] in {"act", "nsw", "nt", "qld", "sa", "tas", "vic", "wa"}
    return len(labels) == 2 and labels[0] in _SECOND_LABELS


def registrable(host: str) -> str:
    """The part of `host` that somebody registered: one label below the public suffix. Empty for a suffix itself."""
    last = ""
    for domain in parents(host):
        if is_public_suffix(domain):
            return last
        last = domain
    return last


def parents(host: str) -> Iterator[str]:
    """`host` and every domain above it, the longest first."""
    while host:
        yield host
        host = host.partition(".")[2]


def has_left(host: str) -> bool:
    """Whether the address is kept by somebody who has left (“alum.mit.edu”)."""
    return any(label in _FORMER for label in host.split(".")[:-2])


class PersonalMail:
    """Which hosts say nothing of an employer: free mail, disposable mail, forwarding by a society.

    Args:
        listed: Domains of lists made by others.
        by_hand: Lines kept by hand: a domain; “yahoo.*” for every country; “!nus.edu.sg” for one that does count.
        institutions: Domains known to be institutions': `listed` does not overrule them, `by_hand` does.
    """

    def __init__(self, listed: Iterable[str], by_hand: Iterable[str], institutions: Iterable[str]) -> None:
        by_hand = tuple(by_hand)
        self._brands = frozenset(line[:-2] for line in by_hand if line.endswith(".*"))
        self._allowed = frozenset(line[1:] for line in by_hand if line.startswith("!"))
        forbidden = {line for line in by_hand if line[:1] != "!" and line[-1:] != "*"}
        self._domains = frozenset(forbidden | (set(listed) - set(institutions)) - self._allowed)

    def __contains__(self, host: str) -> bool:
        own = registrable(host)
        if not own or own in self._allowed:
            return False
        return own.partition(".")[0] in self._brands or any(
            domain in self._domains for domain in parents(host)
        )

"""Conda's match specifications, as far as pip has words for them.

The forms are those of ``conda.models.match_spec``: ``channel::name=1.2=build``, ``name 1.2.* build``, ``name>=1,<2``,
``name[version='>=1']``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runner.errors import RunFailed

FORM = re.compile(r"""(?:[^\s:]+::)?(?P<name>[A-Za-z0-9_][A-Za-z0-9._-]*)
                      (?P<version>[^\[]*)(?:\[(?P<bracket>[^\]]*)\])?""", re.VERBOSE)
IN_BRACKET = re.compile(r"version\s*=\s*(['\"]?)(?P<version>[^'\"]*)\1")
ONE = re.compile(r"(?P<sign>==|!=|>=|<=|~=|=|>|<)?\s*(?P<number>[A-Za-z0-9.!+*_-]+)")
PLAIN = re.compile(r"={0,2}\s*(?P<number>[0-9]+(\.[0-9]+)*)(\.\*)?")


@dataclass(frozen=True)
class MatchSpec:
    """``version`` in conda's own words, without a build; ``text`` as the user wrote it."""

    name: str
    version: str
    text: str

    @property
    def plain_version(self) -> str | None:
        """The version if it is a plain number, as in ``python=3.8``."""
        found = PLAIN.fullmatch(self.version)
        return found["number"] if found else None


def read(text: str) -> MatchSpec:
    """Raises RunFailed (EnvironmentFailed) when it is no match specification."""
    found = FORM.fullmatch(text.strip())
    if found is None:
        raise _unreadable(text, "it is no match specification of conda, such as numpy=1.19 or pandas>=1,<2")
    bracket = IN_BRACKET.search(found["bracket"] or "")
    version = bracket["version"] if bracket else _without_build(found["version"])
    return MatchSpec(normalized(found["name"]), version.strip(), text.strip())


def normalized(name: str) -> str:
    """A package's name in the one spelling that PyPI compares (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _without_build(version: str) -> str:
    """``=1.2=py38_0`` and ``1.2 py38_0`` without the build, which pip does not know."""
    if version.count("=") > 1:
        version = re.sub(r"(?<=[A-Za-z0-9.*])\s*=(?!=)\s*[A-Za-z0-9_.*-]+$", "", version)
    parts = re.sub(r"\s*([,|<>=!~]+)\s*", r"\1", version).split()
    return parts[0] if parts else ""


def in_pips_terms(spec: MatchSpec, name: str) -> str:
    """A requirement (PEP 508). Raises RunFailed for what pip cannot say."""
    if "|" in spec.version:
        raise _unreadable(spec.text, "the node has no conda, and pip has no word for alternatives ('|')")
    return name + ",".join(filter(None, (_clause(each, spec.text) for each in spec.version.split(","))))


def _clause(text: str, whole: str) -> str:
    found = ONE.fullmatch(text.strip())
    if text.strip() in ("", "*", "=*", "==*"):
        return ""
    if found is None:
        raise _unreadable(whole, f"pip has no word for {text!r}")
    sign, number = found["sign"] or "==", found["number"]
    if sign in (">=", "<=", ">", "<", "~="):
        return sign + re.sub(r"\.?\*$", "", number)
    if sign == "=" or number.endswith("*"):  # 1.19 with one sign is every 1.19.x; with two it is 1.19.0 alone
        return f"{'==' if sign == '=' else sign}{re.sub(r'[.]?[*]$', '', number)}.*"
    return sign + number


def _unreadable(text: str, why: str) -> RunFailed:
    return RunFailed("EnvironmentFailed", f"The conda package {text!r} cannot be installed: {why}.")

"""From what the user asked for to what is installed, and a sentence for every difference."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from runner.environment.match_spec import MatchSpec, in_pips_terms, normalized, read
from runner.environment.specification import Packages
from runner.environment.substitutes import (
    BROUGHT_BY_AZUREML,
    BROUGHT_TO_PANDAS,
    GONE_INDEXES,
    NOT_PYTHON,
    PART_OF_EVERY,
    PIP_NAMES,
    STANDS_IN,
)

NAMED = re.compile(r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[(?P<extras>[^\]]*)\])?")


@dataclass(frozen=True)
class Plan:
    """What is to be installed. ``conda`` is what is left for conda; ``pip`` are lines of a requirements file."""

    python: str | None
    channels: tuple[str, ...]
    conda: tuple[MatchSpec, ...]
    pip: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named, options of pip aside."""
        return not self.conda and all(line.startswith("-") for line in self.pip)


def plan(packages: Packages) -> Plan:
    """The packages without those that Runspoor brings itself. Raises RunFailed for a conda line nobody can read."""
    notes: list[str] = []
    specs = [read(text) for text in packages.conda]
    python = packages.python_version or next((spec.plain_version for spec in specs if spec.name == "python"), None)
    conda = tuple(spec for spec in specs if spec.name not in PART_OF_EVERY and not _ours(spec.name, spec.text, notes))
    pip: list[str] = []
    lines = [line for line in map(_without_comment, packages.pip) if line]
    for line in lines:
        pip.extend(_kept(line, notes))
    pip.extend(_brought_to_pandas({*map(_name, lines), *(spec.name for spec in specs)},
                                  {*map(_name, pip), *(spec.name for spec in conda)}, notes))
    return Plan(python, packages.channels, conda, tuple(dict.fromkeys(pip)), tuple(notes))


def with_pip_only(wanted: Plan) -> Plan:
    """The plan for a node without conda: what PyPI has, under the names it has there. Raises RunFailed."""
    lines, notes = [], list(wanted.notes)
    for spec in wanted.conda:
        if spec.name in NOT_PYTHON or spec.name.startswith(("-", "r-")):  # conda's own _openmp_mutex, or R's packages
            notes.append(f"{spec.text}: left out, it is no Python package and the node has no conda")
            continue
        line = in_pips_terms(spec, PIP_NAMES.get(spec.name, spec.name))
        notes.append(f"{spec.text}: installed by pip as {line}, because the node has no conda")
        lines.append(line)
    return Plan(wanted.python, (), (), (*wanted.pip, *lines), tuple(notes))


def _kept(line: str, notes: list[str]) -> Iterable[str]:
    """What remains of one line of a requirements file."""
    if line.startswith("-"):
        if any(f"//{host}/" in f"{line}/" for host in GONE_INDEXES):
            notes.append(f"{line}: left out, this index serves nothing any more")
            return ()
        return (line,)
    found, name = NAMED.match(line), _name(line)
    if not _ours(name, line, notes):
        return (line,)
    extras = [extra.strip() for extra in ((found and found["extras"]) or "").split(",")]
    brought = [package for key in (name, *(f"{name}[{extra}]" for extra in extras))
               for package in BROUGHT_BY_AZUREML.get(key, ())]
    notes.extend(f"{line}: brought {package}, which is installed" for package in brought)
    return brought


def _brought_to_pandas(asked: set[str], kept: set[str], notes: list[str]) -> Iterable[str]:
    """What packages of Azure ML that are asked for brought, where pandas is and it is not."""
    for name, package in BROUGHT_TO_PANDAS.items():
        if name in asked and "pandas" in kept and package not in kept:
            notes.append(f"{name}: brought {package}, which is installed where pandas is")
            yield package


def _name(line: str) -> str:
    """The package that a line names; empty when it names none."""
    found = NAMED.match(line)
    return normalized(found["name"]) if found else ""


def _ours(name: str, text: str, notes: list[str]) -> bool:
    """Whether Runspoor brings the package itself."""
    if name == "runspoor":
        notes.append(f"{text}: left out, every run has it")
        return True
    if name == "azureml" or name.startswith("azureml-"):
        notes.append(f"{text}: left out, {STANDS_IN}")
        return True
    return False


def _without_comment(line: str) -> str:
    return re.sub(r"(^|\s)#.*$", "", line).strip()

"""The table in docs/compatibility.md: ``python -m tests.unit.client.compatibility_table`` writes it.

With ``--report`` it writes nothing and prints what the tests ask for, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from runspoor.sdk.differs import DIFFERS
from runspoor.sdk.not_offered import NOT_OFFERED
from runspoor.v1.names import OFFERED

from tests.unit.client.v1_surface import MISSING, SURFACE, Member, difference, found, members, ours, way_out

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "compatibility.md"
BEGIN, END = "<!-- table -->", "<!-- end of table -->"
HEAD = "| v1 | | names |\n| --- | --- | --- |\n"
# Where a signature is not v1's, and why.
SIGNATURES_DIFFER = {
    "azureml.core.run._OfflineRun.flush": "takes what Run.flush takes, so that a script runs in both",
    "azureml.core.run._OfflineRun.log": "takes what Run.log takes, so that a script runs in both",
}


def table() -> str:
    """All names of the surface, then what the tables have besides."""
    rows = [row for owner in SURFACE for row in _rows(owner)]
    return HEAD + "\n".join([*rows, *_other_rows()]) + "\n"


def _rows(owner: str) -> Iterator[str]:
    works, differs, missing = [], [], dict[str, list[str]]()
    for member in members(owner):
        shown = f"`{member.name}`" if member.name else "itself"
        if found(member) is MISSING:
            missing.setdefault(way_out(member) or "?", []).append(shown)
        elif how := _how(member):
            differs.append(f"{shown}: {how}")
        else:
            works.append(shown)
    yield from _cells(owner, works, differs, missing)


def _how(member: Member) -> str | None:
    return DIFFERS.get(member.full) or SIGNATURES_DIFFER.get(member.full)


def _cells(owner: str, works: list[str], differs: list[str], missing: dict[str, list[str]]) -> Iterator[str]:
    name = f"`{owner}`"
    if works:
        yield f"| {name} | works | {', '.join(works)} |"
    for how in differs:
        yield f"| {name} | differs | {how} |"
    for way, names in missing.items():
        said = "all of it" if not works and not differs and len(missing) == 1 else ", ".join(names)
        yield f"| {name} | not offered | {said}: {way} |"


def _other_rows() -> Iterator[str]:
    known = {member.full for owner in SURFACE for member in members(owner)} | {*SURFACE}
    known |= {alias for entry in SURFACE.values() for alias in entry.get("also", ())}
    for module, names in sorted(OFFERED.items()):
        others = [f"`{name}`" for name in sorted(names) if f"{module}.{name}" not in known]
        if others:
            yield f"| `{module}` | works | {', '.join(others)} |"
    by_way: dict[str, list[str]] = {}
    for name, way in sorted(NOT_OFFERED.items()):
        if name not in known:
            by_way.setdefault(way, []).append(f"`{name}`")
    yield from (f"| others | not offered | {', '.join(names)}: {way} |" for way, names in by_way.items())


def document(text: str) -> str:
    """``text`` with a fresh table between the marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}{END}{rest.partition(END)[2]}"


def report() -> dict[str, object]:
    """What is wrong, by kind; all empty when nothing is."""
    everything = [member for owner in SURFACE for member in members(owner)]
    offered = [member for member in everything if found(member) is not MISSING]
    signatures = {member.full: how for member in offered if (how := difference(member))}
    written = DOCUMENT.read_text(encoding="utf-8")
    return {
        "undecided": _names(member for member in everything if found(member) is MISSING and not way_out(member)),
        "offered and refused": _names(member for member in offered if member.full in NOT_OFFERED),
        "signatures": {name: how for name, how in signatures.items() if name not in SIGNATURES_DIFFER},
        "needless exceptions": sorted({*SIGNATURES_DIFFER} - {*signatures}),
        "differs, but is not there": sorted({*DIFFERS} - {*_names(offered)}),
        "other paths": [alias for owner, entry in SURFACE.items() for alias in entry.get("also", ())
                        if ours(owner) is not None and ours(alias) is not ours(owner)],
        "document": [] if document(written) == written else ["python -m tests.unit.client.compatibility_table"],
    }


def _names(chosen: Iterable[Member]) -> list[str]:
    return [member.full for member in chosen]


if __name__ == "__main__":
    if "--report" in sys.argv:
        print(json.dumps(report()))
    else:
        DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")

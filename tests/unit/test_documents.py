"""What the documents say of the code: tables that must be whole, a diagram, and links that lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from shared.adapters.cosmos_schema import CONTAINERS
from shared.application.codec import NAMES
from shared.application.paths import FILES, LOGS, SIGNALS
from shared.application.ports import Container
from shared.contract.routes import FOR_NODES, NODE, ROUTES
from shared.domain.run_state import ADVANCES, ON_BATCH, Phase
from tests import functions
from tests.unit.domain.phase_diagram import diagram, edges
from tests.unit.test_settings import SAMPLE, asked

ROOT = Path(__file__).parents[2]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MAPPED = ("shared/domain", "shared/application", "shared/adapters", "shared/contract", "function_app")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "infra").rglob("*.md")])


def section(heading: str) -> str:
    """The text below a heading, up to the next of its rank."""
    return ARCHITECTURE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def code_in(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", text))


def rows(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.startswith("|"))


def test_the_diagram_is_what_the_rules_allow() -> None:
    (drawn,) = re.findall(r"```mermaid\n(.*?)\n```", section("The life of a run"), re.DOTALL)
    assert drawn == diagram(), "python -m tests.unit.domain.phase_diagram"


def test_the_rules_use_the_whole_table() -> None:
    allowed = {(phase, event, target) for event, (phases, target) in ADVANCES.items() for phase in phases}
    assert {edge for edge in edges() if edge[1] in ADVANCES} == allowed
    assert {edge[0] for edge in edges()} == {Phase.NOT_STARTED, *ON_BATCH, Phase.FINALIZING}


def test_every_module_has_its_place() -> None:
    modules = {path.stem for folder in MAPPED for path in (ROOT / folder).glob("*.py")} - {"__init__"}
    table = section("The folders").partition("| about |")[2]
    assert code_in(table) == modules


def test_every_function_is_explained() -> None:
    names = {row.split("`")[1] for row in rows(section("The flow")).splitlines() if row.startswith("| `")}
    assert names | set(ROUTES) == functions.names()


def test_every_event_is_named() -> None:
    assert {name for name in code_in(rows(section("Events in Cosmos"))) if "." in name} == set(NAMES.values())


def test_every_container_is_named() -> None:
    pairs = re.findall(r"^\| `(\w+)` \| `(/\w+)` \|", section("Events in Cosmos"), re.MULTILINE)
    assert pairs == [(each.name, each.partition_key) for each in CONTAINERS]
    named = re.findall(r"^\| `(\w+)` \|", section("Blobs"), re.MULTILINE)
    assert set(named) == set(get_args(Container))


def test_every_route_is_named() -> None:
    named = {name for name in code_in(rows(section("Over HTTP"))) if re.match("[A-Z]+ ", name)}
    assert named == {f"{route.method} {route.path}" for route in ROUTES.values() if not route.path.startswith(NODE)}


def test_every_route_for_nodes_is_named() -> None:
    (named,) = re.findall(r"\*\*Below `node/`\*\*.*?(?=\n\* |\n\n)", section("Over HTTP"), re.DOTALL)
    assert code_in(named) & set(ROUTES) == set(FOR_NODES)


def test_every_setting_is_explained() -> None:
    named = code_in("\n".join(row.rsplit("|", 3)[0] for row in rows(section("Settings")).splitlines()))
    assert named >= asked(SAMPLE)
    assert {name for name in named if name.startswith("R")} == asked(SAMPLE)


def test_signals_and_folders_are_named() -> None:
    named = code_in(section("Blobs"))
    assert named >= {*SIGNALS, *FILES}
    assert set(LOGS) == set(FILES) - {"outputs"}


def links(document: Path) -> Iterator[str]:
    """The places in this repository that a document refers to."""
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            yield target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    assert [target for target in links(document) if not (document.parent / target).exists()] == []

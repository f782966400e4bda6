"""Which way imports point, and how files are named and sized. The table is the architecture."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("bench", "client", "examples", "function_app", "infra", "local", "runner", "runspoor", "shared", "tests")
SOURCES = sorted(path for folder in OURS if (ROOT / folder).is_dir() for path in (ROOT / folder).rglob("*.py"))
STANDARD = sys.stdlib_module_names
LONGEST_FILE = 300
VAGUE = re.compile(r"(^|_)(utils?|helpers?|managers?|common|base|misc|process_.*|handle_.*)($|_)")


@dataclass(frozen=True)
class Rule:
    """``ours``: which of our modules may be imported. ``others``: which packages from elsewhere; none: any."""

    ours: tuple[str, ...]
    others: tuple[str, ...] | None = None


PURE = ("pydantic",)
RULES = {
    "shared/domain": Rule(("shared.domain",), PURE),
    "shared/contract": Rule(("shared.contract", "shared.domain"), PURE),
    "shared/application": Rule(
        ("shared.application", "shared.contract", "shared.domain", "shared.settings"), ("pydantic", "jwt", "tenacity")),
    "shared/adapters": Rule((
        "shared.adapters", "shared.application.codec", "shared.application.data_ports", "shared.application.ports",
        "shared.application.suggestions", "shared.domain", "shared.settings",
    )),
    "shared/application/codec.py": Rule(("shared.application.ports", "shared.domain"), PURE),
    "function_app": Rule((
        "function_app", "shared.VERSION", "shared.application", "shared.contract", "shared.domain", "shared.settings",
    )),
    "function_app/wiring.py": Rule(("runner.package", "shared")),
    "client": Rule(("runspoor",)),
    "runner": Rule(("runner",), ()),
    "local": Rule(("local", "runspoor", "runner", "shared")),
}

IMPURE = ("asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket", "subprocess",
          "tempfile", "threading", "time", "urllib", "uuid")
SEEDED = "random.Random"
"""No chance when it is given a seed."""
CLOCKS = re.compile(r"\.(now|utcnow|today)$|^(open|input|print)$")


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, also within functions; ``from a import b`` counts as ``a.b``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(path.relative_to(ROOT).parts[: -node.level]) if node.level else ""
            module = ".".join(part for part in (package, node.module) if part)
            yield from (f"{module}.{name.name}" for name in node.names)


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def rule_of(path: Path) -> Rule | None:
    """The most exact rule for a file."""
    name = path.relative_to(ROOT).as_posix()
    places = [place for place in RULES if name == place or name.startswith(f"{place}/")]
    return RULES[max(places, key=len)] if places else None


def is_allowed(module: str, rule: Rule) -> bool:
    top = module.partition(".")[0]
    if top in OURS:
        return within(module, rule.ours)
    return top in STANDARD or rule.others is None or top in rule.others


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


RULED = [path for path in SOURCES if rule_of(path)]


@pytest.mark.parametrize("path", RULED, ids=named)
def test_imports_point_inwards(path: Path) -> None:
    rule = rule_of(path)
    assert rule
    assert [module for module in imports(path) if not is_allowed(module, rule)] == []


def test_every_place_with_a_rule_has_files() -> None:
    assert [place for place in RULES if not any(named(path).startswith(place) for path in RULED)] == []


@pytest.mark.parametrize(("place", "module", "allowed"), [
    ("shared/domain/run.py", "azure.cosmos", False),
    ("shared/domain/run.py", "shared.application.ports", False),
    ("shared/domain/run.py", "pydantic.BaseModel", True),
    ("shared/application/runs.py", "shared.adapters.memory", False),
    ("shared/application/runs.py", "azure.storage", False),
    ("shared/application/codec.py", "azure.cosmos", False),
    ("shared/adapters/memory.py", "shared.application.runs", False),
    ("function_app/runs_api.py", "shared.adapters.memory", False),
    ("function_app/wiring.py", "shared.adapters.memory", True),
    ("runner/run.py", "requests", False),
    ("runner/run.py", "shared.domain", False),
    ("client/runspoor/run.py", "shared.domain", False),
    ("local/system.py", "function_app.wiring", False),
])
def test_the_rules_say_what_they_should(place: str, module: str, allowed: bool) -> None:
    rule = rule_of(ROOT / place)
    assert rule
    assert is_allowed(module, rule) is allowed


@pytest.mark.parametrize("path", sorted((ROOT / "shared" / "domain").glob("*.py")), ids=named)
def test_the_domain_has_no_clock_no_chance_and_no_world(path: Path) -> None:
    assert [module for module in imports(path) if within(module, IMPURE) and module != SEEDED] == []
    assert clocks(path.read_text(encoding="utf-8")) == []


def clocks(source: str) -> list[str]:
    """The calls that ask for the time or chance, or reach outside."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    unseeded = [call for call in calls if ast.unparse(call) == "Random()"]
    return [ast.unparse(call.func) for call in calls if CLOCKS.search(ast.unparse(call.func)) or call in unseeded]


def test_a_clock_would_be_found() -> None:
    assert clocks("at = datetime.now(UTC); x = open('f'); y = run.snow()") == ["datetime.now", "open"]
    assert clocks("Random(seed); Random()") == ["Random"]


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [named(path) for path in SOURCES if VAGUE.search(path.stem)] == []


def test_every_file_fits_in_the_head() -> None:
    sizes = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}

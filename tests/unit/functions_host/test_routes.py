"""Route templates and blob patterns."""

import pytest

from local.host.blob_pattern import compile_pattern
from local.host.routes import compile_template
from local.host.settings import ConfigurationError


@pytest.mark.parametrize(("template", "path", "parameters"), [
    ("runs/{run_id}", "/api/runs/one", {"run_id": "one"}),
    ("runs/{run_id}", "/api/runs", None),
    ("runs/{run_id}", "/api/runs/one/two", None),
    ("runs/{run_id}/cancel", "/API/Runs/One/CANCEL", {"run_id": "One"}),
    ("runs/{n:int}", "/api/runs/12", {"n": "12"}),
    ("runs/{n:int}", "/api/runs/12a", None),
    ("runs/{g:guid}", "/api/runs/8c7b2f7e-30a2-4d6e-8ffb-0123456789ab", {"g": "8c7b2f7e-30a2-4d6e-8ffb-0123456789ab"}),
    ("runs/{id?}", "/api/runs", {}),
    ("runs/{id?}", "/api/runs/x", {"id": "x"}),
    ("files/{*path}", "/api/files/a/b c/d.txt", {"path": "a/b c/d.txt"}),
    ("files/{*path}", "/api/files", {}),
    ("files/{**path}", "/api/files/a/b", {"path": "a/b"}),
    ("files/{name}.{extension}", "/api/files/a.txt", {"name": "a", "extension": "txt"}),
    ("a.b/c+d", "/api/a.b/c+d", {}),
    ("a.b", "/api/axb", None),
    ("/lead/", "/api/lead/", {}),
])
def test_match(template: str, path: str, parameters: dict[str, str] | None) -> None:
    assert compile_template(template, "api").match(path) == parameters


def test_no_prefix() -> None:
    assert compile_template("{*rest}").match("/a/b") == {"rest": "a/b"}
    assert compile_template("", "").match("/") == {}


@pytest.mark.parametrize("template", ["{", "a/{b", "a}/b", "{x:regex(^a$)}", "a{b?}", "x{*rest}"])
def test_refused(template: str) -> None:
    with pytest.raises(ConfigurationError, match=r"route|parameter"):
        compile_template(template)


def test_the_most_exact_goes_first() -> None:
    templates = ["{*rest}", "runs/{id}", "runs/{id:int}", "runs/latest", "runs/{*rest}"]
    ranked = sorted(templates, key=lambda each: compile_template(each).rank)
    assert ranked == ["runs/latest", "runs/{id:int}", "runs/{id}", "runs/{*rest}", "{*rest}"]


@pytest.mark.parametrize(("path", "blob", "matches"), [
    ("c/{name}", "a/b/c.txt", True), ("c", "anything", True),
    ("c/{run}/{attempt}/{signal}.json", "r/1/started.json", True),
    ("c/{run}/{attempt}/completed.json", "r/1/started.json", False), ("c/{a}/x.json", "x.json", False),
    ("c/{{odd}}/{name}", "{odd}/x", True), ("c/a.b", "axb", False), ("c/{name}", "line\nbreak", True),
])
def test_blob_pattern(path: str, blob: str, matches: bool) -> None:
    pattern = compile_pattern(path)
    assert (pattern.container, bool(pattern.name.fullmatch(blob))) == ("c", matches)


def test_blob_prefix() -> None:
    assert compile_pattern("c/logs/2026-{day}/x").prefix == "logs/2026-"
    assert compile_pattern("c/exact.json").prefix == "exact.json"


@pytest.mark.parametrize("path", ["", "{container}/x", "c/{a", "c/a}", "c/{a}/{a}", "c/{a-b}"])
def test_blob_pattern_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match="blob path"):
        compile_pattern(path)

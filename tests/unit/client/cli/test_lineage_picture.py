"""A lineage as text: every node and edge of it, whatever they are called; and as a tree, unfolded once."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runspoor.cli import show
from runspoor.cli.lineage_picture import MORE, mermaid, tree

TEXTS = st.text(min_size=1, max_size=20)
NODE = re.compile(r'    (n\d+)(?:\["[^"\n]*"\]|\[\("[^"\n]*"\)\]|\{\{"[^"\n]*"\}\})')
EDGE = re.compile(r'    (n\d+) (?:-->|-\.->)\|"[^"\n]*"\| (n\d+)')


def node(id: str, name: str | None = None, version: int | None = None, status: str | None = None) -> dict[str, object]:
    return {"id": id, "kind": id.partition(":")[0], "name": name, "version": version, "status": status}


def edge(source: str, target: str, name: str, *, complete: bool = True) -> dict[str, object]:
    return {"from": source, "to": target, "name": name, "how": "input", "complete": complete}


LINEAGE = {
    "nodes": [
        node("run:b", None, None, "Completed"), node("dataset:1", "raw", 2, "registered"),
        node("dataset:2", None, None, "unregistered"), node("run:a", "first [try]", None, "Failed"),
        node("model:net:1", "net", 1, "deleted"), node("path:blobs/x", "blobs/x"),
    ],
    "edges": [
        edge("path:blobs/x", "run:a", "x"), edge("dataset:1", "run:a", "raw"),
        edge("run:a", "dataset:2", "clean", complete=False),
        edge("dataset:1", "run:b", "train"), edge("dataset:1", "run:b", "test"), edge("dataset:2", "run:b", "clean"),
        edge("run:b", "model:net:1", 'outputs/"net"'), edge("dataset:2", "model:net:1", "training"),
    ],
    "truncated": True,
}


def test_mermaid() -> None:
    assert mermaid(LINEAGE) == """flowchart LR
    n0["b<br>Completed"]
    n1[("raw:2<br>registered")]
    n2[("2<br>unregistered")]
    n3["a (first [try])<br>Failed"]
    n4{{"net:1<br>deleted"}}
    n5[("blobs/x")]
    n5 -->|"x"| n3
    n1 -->|"raw"| n3
    n3 -.->|"clean, incomplete"| n2
    n1 -->|"train"| n0
    n1 -->|"test"| n0
    n2 -->|"clean"| n0
    n0 -->|"outputs/#34;net#34;"| n4
    n2 -->|"training"| n4
    style n2 stroke-dasharray: 4
    style n4 stroke-dasharray: 4
    style n0 stroke-width:3px
    %% """ + MORE


@given(st.lists(TEXTS, min_size=1, max_size=5, unique=True), TEXTS)
def test_names_are_never_read_as_mermaid(names: list[str], name: str) -> None:
    nodes = [node(f"path:{each}", each) for each in names]
    edges = [edge(f"path:{each}", f"path:{names[0]}", name) for each in names]
    lines = mermaid({"nodes": nodes, "edges": edges, "truncated": False}).split("\n")[1:-1]
    assert [bool(NODE.fullmatch(line)) for line in lines] == [True] * len(names) + [False] * len(names)
    assert all(EDGE.fullmatch(line) for line in lines[len(names):])


def test_a_tree(capsys: pytest.CaptureFixture[str]) -> None:
    show.tree(tree(LINEAGE))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "run b  Completed",
        "├── came of",
        "│   ├── dataset raw:2  registered  train, test",
        "│   └── dataset 2  unregistered  clean",
        "│       └── run a (first [try])  Failed  clean, incomplete",
        "│           ├── path blobs/x  x",
        "│           └── dataset raw:2  registered  raw",
        "├── led to",
        "│   └── model net:1  deleted  outputs/\"net\"",
        f"└── {MORE}",
    ]


def test_a_circle_is_unfolded_once(capsys: pytest.CaptureFixture[str]) -> None:
    circle = [edge("run:a", "dataset:1", "out"), edge("dataset:1", "run:a", "in")]
    show.tree(tree({"nodes": [node("run:a"), node("dataset:1")], "edges": circle, "truncated": False}))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "run a", "├── came of", "│   └── dataset 1  in", "│       └── run a  out  (see above)",
        "└── led to", "    └── dataset 1  out", "        └── run a  in  (see above)"]

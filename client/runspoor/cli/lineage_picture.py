"""A lineage as Mermaid text, and as a tree for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text
from rich.tree import Tree

__all__ = ["mermaid", "tree"]

Document = Mapping[str, Any]
SHAPES = {"path": ('[("', '")]'), "dataset": ('[("', '")]'), "run": ('["', '"]'), "model": ('{{"', '"}}')}
"""Kind of node -> what stands around its text in Mermaid: data is a cylinder, a run a box, a model a hexagon."""
GONE = ("deleted", "unregistered", "unknown")
ESCAPED = str.maketrans({each: f"#{ord(each)};" for each in "\"#&<>`\\\r\n"})
MORE = "There is more than is shown here."
DIRECTIONS = (("came of", "to", "from"), ("led to", "from", "to"))


def mermaid(document: Document) -> str:
    """A flow chart, from left to right. What is deleted or nowhere registered has a dashed border."""
    short = {node["id"]: f"n{number}" for number, node in enumerate(document["nodes"])}
    lines = ["flowchart LR"]
    for node in document["nodes"]:
        begin, end = SHAPES[node["kind"]]
        said = "<br>".join(line.translate(ESCAPED) for line in (title(node), node["status"] or "") if line)
        lines.append(f"    {short[node['id']]}{begin}{said}{end}")
    for edge in document["edges"]:
        arrow = "-->" if edge["complete"] else "-.->"
        lines.append(f'    {short[edge["from"]]} {arrow}|"{called(edge).translate(ESCAPED)}"| {short[edge["to"]]}')
    gone = [short[node["id"]] for node in document["nodes"] if node["status"] in GONE]
    lines += [f"    style {each} stroke-dasharray: 4" for each in gone]
    return "\n".join([*lines, f"    style {short[document['nodes'][0]['id']]} stroke-width:3px",
                      *([f"    %% {MORE}"] if document["truncated"] else [])])


def title(node: Document) -> str:
    """A node as people call it: ``digits:3``, ``digits_5f2c (first try)``."""
    kind, _, key = str(node["id"]).partition(":")
    if kind in ("model", "dataset"):
        return f"{node['name']}:{node['version']}" if node["name"] else key
    return f"{key} ({node['name']})" if kind == "run" and node["name"] else key


def called(edge: Document) -> str:
    """The name of an edge, and whether something is missing."""
    return str(edge["name"]) if edge["complete"] else f"{edge['name']}, incomplete"


def tree(document: Document) -> Tree:
    """What it came of and what it led to. A node that leads on is unfolded once."""
    nodes = {node["id"]: node for node in document["nodes"]}
    first = document["nodes"][0]
    root = Tree(_line(first))
    for heading, near, far in DIRECTIONS:
        unfolded = {first["id"]}
        branch = Tree(Text(heading, style="dim"))
        _grow(branch, first["id"], list(_sides(document, near, far)), nodes, unfolded)
        if branch.children:
            root.add(branch)
    if document["truncated"]:
        root.add(Text(MORE, style="yellow"))
    return root


def _sides(document: Document, near: str, far: str) -> Iterator[tuple[str, str, str]]:
    for edge in document["edges"]:
        yield edge[near], edge[far], called(edge)


def _grow(
    branch: Tree, node: str, sides: list[tuple[str, str, str]], nodes: Mapping[str, Document], unfolded: set[str]
) -> None:
    names: dict[str, list[str]] = {}
    for near, far, name in sides:
        if near == node:
            names.setdefault(far, []).append(name)
    for far, labels in names.items():
        line = _line(nodes[far]).append(f"  {', '.join(labels)}", style="dim")
        leads_on = any(near == far for near, _, _ in sides)
        if far in unfolded and leads_on:
            branch.add(line.append("  (see above)", style="dim"))
            continue
        unfolded.add(far)
        _grow(branch.add(line), far, sides, nodes, unfolded)


def _line(node: Document) -> Text:
    line = Text(f"{node['kind']} ", style="dim").append(title(node), style="not dim bold")
    return line.append(f"  {node['status']}", style="not dim") if node["status"] else line

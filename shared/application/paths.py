"""Names of blobs, and the names by which callers and nodes may ask for them.

A name from outside is confined here before it becomes part of a blob's name; nothing else builds these names.
"""

import re
import unicodedata
from collections.abc import Sequence

from shared.application.ports import Container
from shared.domain import limits
from shared.domain.errors import Invalid

FILES = ("outputs", "logs", "user_logs", "system_logs", "batch")
LOGS = ("user_logs", "logs", "system_logs", "batch")
STD_LOG = "user_logs/std_log.txt"
CHUNKS_PER_NODE = 1_000_000
"""Metric chunks of node i of a run on several nodes are numbered from i times this; node 0 is the first."""
ALIVE = "alive.json"
"""The sign of life of a caller's machine, written again and again: only its time counts."""
SIGNALS = ("started", "running", "lost", "completed")
"""What a node says of an attempt; ``cancel``, the fifth blob there, is said to it."""

Allowed = tuple[tuple[re.Pattern[str], Container], ...]
"""Patterns of names that a node may ask for, and the container that such a name is in."""
WRITABLE: Allowed = (
    (re.compile(r"(outputs|checkpoints|logs|user_logs|system_logs)/.+"), "runs"),
    (re.compile(r"(outputs|checkpoints|written/[A-Za-z_][A-Za-z0-9_]{0,254})(-node-[1-9][0-9]?)?\.jsonl"), "runs"),
    (re.compile(re.escape(ALIVE)), "runs"),
    (re.compile(r"metrics/[0-9]{8}\.json"), "metrics"),
    (re.compile(rf"signals/({'|'.join(SIGNALS)})\.json"), "signals"),
)
UPLOADABLE: Allowed = ((re.compile(r"(outputs|logs|user_logs)/.+"), "runs"),)
"""What a caller, or the script itself, may add to a run that goes on."""
READABLE: Allowed = ((re.compile(r"signals/(cancel|started)\.json"), "signals"),)
"""``started.json``: a node whose write got no answer looks whether the blob that is there is its own."""
ARCHIVE = re.compile(r"environments/([A-Za-z0-9_][A-Za-z0-9._-]{0,199}\.tar\.gz)")
CONTROL = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's categories of control characters, surrogates, and separators of lines and paragraphs."""


def confined(name: str) -> str:
    """``name`` if it is a plain relative path; else ``Invalid``."""
    parts = name.split("/")
    wrong = (
        not 0 < len(name) <= limits.PATH_CHARACTERS
        or any(part in ("", ".", "..") or (part.endswith(".") and part.strip(".") == "") for part in parts)
        or "\\" in name
        or not plain(name)
        or any(len(part.encode()) > limits.PATH_PART_BYTES for part in parts)
    )
    if wrong:
        raise Invalid(f"{name[:80]!r} is not a usable path: use 1 to {limits.PATH_CHARACTERS} characters, '/' between "
                      f"parts of at most {limits.PATH_PART_BYTES} bytes, and no empty part, '.', '..', backslash or "
                      "control character.")
    return name


def check_tree(paths: Sequence[str]) -> None:
    """``Invalid`` unless files with these paths can lie in one folder."""
    names = set(paths)
    if len(names) != len(paths):
        raise Invalid("Two of the files have the same path: send each path once.")
    parents = {path[:cut] for path in names for cut in range(len(path)) if path[cut] == "/"}
    if clash := sorted(names & parents):
        raise Invalid(f"{clash[0]!r} is a file and a folder at once: rename one of them.")


def plain(text: str) -> bool:
    """Whether Storage can hear and repeat ``text``: its answers are XML, which control characters break."""
    return not any(unicodedata.category(c) in CONTROL or ord(c) & 0xFFFE == 0xFFFE for c in text)


def attempt_prefix(run_id: str, attempt: int) -> str:
    """What the names of all blobs of an attempt begin with."""
    return f"{run_id}/{attempt}/"


def grantable(name: str, run_id: str, attempt: int, allowed: Allowed) -> tuple[Container, str]:
    """The container and blob a node means by ``name``; ``Invalid`` when it may not ask for that."""
    for pattern, container in allowed:
        if pattern.fullmatch(confined(name)):
            inside = name if container == "runs" else name.partition("/")[2]
            return container, attempt_prefix(run_id, attempt) + inside
    names = ", ".join(pattern.pattern for pattern, _ in allowed)
    raise Invalid(f"{name[:80]!r} is not among the blobs of an attempt: ask for names like {names}.")


def archive_blob(name: str, digest: str | None) -> str | None:
    """The blob of container ``environments`` a node means by ``name``: it may have that of its own packages only."""
    found = ARCHIVE.fullmatch(name)
    return f"{digest}/{found[1]}" if found and digest else None


def signal_blob(run_id: str, attempt: int, signal: str) -> str:
    return f"{attempt_prefix(run_id, attempt)}{signal}.json"


def chunk_blob(run_id: str, attempt: int, seq: int) -> str:
    return f"{attempt_prefix(run_id, attempt)}{seq:08d}.json"


def manifest_name(node: int) -> str:
    """The list of what a node of the attempt has uploaded to the run's outputs."""
    return f"outputs-node-{node}.jsonl" if node else "outputs.jsonl"


def written_list(output: str, node: int) -> str:
    """The list of what a node of the attempt has written to a datastore."""
    return f"written/{output}-node-{node}.jsonl" if node else f"written/{output}.jsonl"


def source_blob(sha256: str) -> str:
    return f"files/{sha256}"


def manifest_blob(snapshot_id: str) -> str:
    return f"manifests/{snapshot_id}.json"

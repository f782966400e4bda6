"""Where runs write in datastores, and that two of them never write to one place at once. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.domain.definition import Output

RUN_ID, OUTPUT_NAME = "{run-id}", "{output-name}"
DEFAULT_PATH = f"dataset/{RUN_ID}/{OUTPUT_NAME}"


@dataclass(frozen=True)
class Claim:
    """Run ``run`` writes to ``path`` and below it, for as long as it lives. ``at``: when it said so."""

    run: str
    path: str
    at: datetime


def filled(path: str, run_id: str, name: str) -> str:
    """``path`` with the two names in braces, as a plain relative path; the empty one is the whole datastore."""
    parts = path.replace(RUN_ID, run_id).replace(OUTPUT_NAME, name).strip("/").split("/")
    return "/".join(parts[1:] if parts[0] == "." else parts)


def claimed(output: Output) -> str:
    """The path that nobody else may write to meanwhile.

    A file or folder that the script makes may go to the root of a datastore; that claims its own name there.
    """
    return output.path.path or (output.path_on_compute or "").rstrip("/").rpartition("/")[2]


def is_own(claim: Claim) -> bool:
    """Whether the path has the id of its run as a part, as it has unless its user chose another."""
    return claim.run in claim.path.casefold().split("/")


def lies_in(path: str, folder: str) -> bool:
    """Whether ``path`` is ``folder`` or below it. Without case: shares compare names so."""
    return not folder or f"{path.casefold()}/".startswith(f"{folder.casefold()}/")


def overlap(one: str, other: str) -> bool:
    """Whether two paths are the same or one lies in the other."""
    return lies_in(one, other) or lies_in(other, one)


def in_the_way(claims: Iterable[Claim], run: str, paths: Iterable[str]) -> list[Claim]:
    """The claims of other runs that overlap with one of ``paths``."""
    wanted = list(paths)
    return [each for each in claims if each.run != run and any(overlap(each.path, path) for path in wanted)]


def shared_place(places: Mapping[str, str]) -> tuple[str, str] | None:
    """The names of two whose places overlap; none when all are apart."""
    names = sorted(places)
    return next(((one, other) for n, one in enumerate(names) for other in names[n + 1:]
                 if overlap(places[one], places[other])), None)

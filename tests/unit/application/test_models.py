"""Models in memory: what their lists show, whatever order the commits arrive in."""

import hashlib
import random

import pytest

from shared.application import models
from shared.application.project import project, rebuild
from shared.contract.fields import Pairs
from shared.contract.models import MissingFiles, ModelFileRequest, ModelRequest, ModelVersionModel
from shared.domain import limits
from shared.domain.errors import Invalid, NotFound
from tests.unit.application.deployment import CAUSE, RUN, Deployment

CONTENT = b"weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def upload(*paths: str, name: str = "net", tags: Pairs | None = None) -> ModelRequest:
    files = [ModelFileRequest(path=path, sha256=DIGEST, size=len(CONTENT)) for path in paths]
    return ModelRequest(name=name, files=files, tags=tags or {}, properties={"by": "me"})


def register(world: Deployment, request: ModelRequest, key: str | None = None) -> ModelVersionModel:
    world.blobs.put("models", f"files/{DIGEST}", CONTENT)
    made = models.register(world.backend, request, CAUSE, key)
    assert isinstance(made, ModelVersionModel)
    return made


def labelled() -> Deployment:
    """Three versions of ``net``, the second of which is deleted, and one of ``other``, which is deleted."""
    world = Deployment()
    for stage in ("a", "b", "c"):
        register(world, upload("net.pkl", tags={"stage": stage}))
    register(world, upload("net.pkl", name="other"))
    models.delete(world.backend, "net", 2, CAUSE)
    models.delete(world.backend, "other", 1, CAUSE)
    return world


def ids(world: Deployment, newest: bool = False, **where: str | tuple[str, ...]) -> list[str]:
    return [each.id for each in models.page(world.backend, where, newest, 10, None).value]


@pytest.mark.parametrize("seed", range(5))
def test_lists_whatever_the_order_of_commits(seed: int) -> None:
    world = labelled()
    commits = world.commits * 2
    random.Random(seed).shuffle(commits)
    for commit in commits:
        project(world.backend, [commit])
    for _ in range(2):
        assert sorted(ids(world, name="net")) == ["net:1", "net:3"]
        assert (ids(world, newest=True), ids(world, name="other")) == (["net:3"], [])
        assert ids(world, labels=("tag:stage=a", "property:by")) == ["net:1"]
        assert ids(world, newest=True, labels=("tag:stage=a",)) == []
        rebuild(world.backend)


@pytest.mark.parametrize(("paths", "common"), [
    (("net.pkl",), "net.pkl"), (("net/a", "net/b/c"), "net"), (("net/a",), "net"), (("a", "b"), "."),
])
def test_an_upload_is_known_by_what_its_files_have_in_common(paths: tuple[str, ...], common: str) -> None:
    made = register(Deployment(), upload(*paths))
    assert (made.path, made.files, made.bytes) == (common, len(paths), len(paths) * len(CONTENT))


def test_nothing_is_made_while_files_are_missing() -> None:
    world = Deployment()
    answer = models.register(world.backend, upload("a", "b"), CAUSE, "key")
    assert isinstance(answer, MissingFiles)
    assert [file.sha256 for file in answer.missing] == [DIGEST]
    assert world.commits == []
    assert register(world, upload("a", "b"), "key").version == register(world, upload("b", "a"), "key").version == 1


@pytest.mark.parametrize("paths", [("a", "a"), ("a", "a/b"), ("../a",), ("/a",), ("a\\b",)])
def test_paths_that_could_not_lie_in_a_folder(paths: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        register(Deployment(), upload(*paths))


def test_a_file_that_is_too_large_to_be_uploaded() -> None:
    large = ModelFileRequest(path="net.bin", sha256=DIGEST, size=limits.UPLOAD_BYTES + 1)
    with pytest.raises(Invalid, match="has 5,242,880,001 bytes and an uploaded file may have 5,242,880,000"):
        register(Deployment(), ModelRequest(name="net", files=[large]))


@pytest.mark.parametrize(("path", "found"), [
    ("outputs", ["outputs/a.txt", "outputs/net/w.bin"]), ("outputs/net", ["net/w.bin"]), ("outputs/a.txt", ["a.txt"]),
])
def test_a_path_is_a_file_or_a_folder_and_nothing_that_only_begins_so(path: str, found: list[str]) -> None:
    world = Deployment().queued()
    world.leave()
    for name in ("outputs/net/w.bin", "outputs2/x", "outputs/a.txt.bak"):
        world.blobs.put("runs", f"{RUN}/1/{name}", CONTENT)
    register(world, ModelRequest(name="net", run_id=RUN, path=path))
    files = models.files(world.backend, "net", None, 10, 0).value
    assert [file.path for file in files if file.path != "outputs/a.txt.bak"] == found
    assert all(file.url.startswith(f"memory://runs/{RUN}/1/outputs/") for file in files)


def test_a_folder_of_too_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MODEL_FILES", 3)
    world = Deployment().queued()
    for number in range(3):
        world.blobs.put("runs", f"{RUN}/1/outputs/net/{number}", CONTENT)
        world.blobs.put("runs", f"{RUN}/1/outputs/network/{number}", CONTENT)
    request = ModelRequest(name="net", run_id=RUN, path="outputs/net")
    assert register(world, request).files == 3
    world.blobs.put("runs", f"{RUN}/1/outputs/net/more", CONTENT)
    with pytest.raises(Invalid, match="more than the 3 files"):
        register(world, request)


@pytest.mark.parametrize("path", ["outputs.jsonl", "task.json", "outputs/n", "outputs/a.txt/b", "nothing"])
def test_a_path_the_run_has_not(path: str) -> None:
    world = Deployment().queued()
    world.leave()
    with pytest.raises(NotFound, match=f"has no file or folder '{path}'; it has: outputs/a.txt. It is Queued: what"):
        register(world, ModelRequest(name="net", run_id=RUN, path=path))


def test_files_come_in_pages() -> None:
    world = Deployment()
    register(world, upload(*(f"net/{number}" for number in range(5))))
    first = models.files(world.backend, "net", 1, 3, 0)
    rest = models.files(world.backend, "net", 1, 3, int(first.next or 0))
    assert [file.path for file in (*first.value, *rest.value)] == [f"net/{number}" for number in range(5)]
    assert rest.next is None
    assert models.files(world.backend, "net", 1, 3, 99).value == []

"""Packing an environment and unpacking it elsewhere."""

import io
import tarfile
from pathlib import Path

import pytest

from runner.environment import archive
from runner.environment.archive import Unusable
from runner.environment.cache import MARKER


def make(prefix: Path) -> None:
    """What a build leaves, as far as it matters here."""
    (prefix / "bin").mkdir(parents=True)
    packages = prefix / "lib" / "python3.11" / "site-packages"
    (packages / "__pycache__").mkdir(parents=True)
    (packages / "tool.py").write_text("x = 1")
    (packages / "__pycache__" / "tool.pyc").write_text("compiled")
    (prefix / "lib64").symlink_to("lib")
    (prefix / "pyvenv.cfg").write_text("home = /usr/bin")
    (prefix / MARKER).write_text("{}")
    (prefix / "bin" / "python").symlink_to("/usr/bin/python3")
    (prefix / "bin" / "activate").write_text(f"VIRTUAL_ENV={prefix}")
    for name, text in {
        "short": f"#!{prefix}/bin/python\nprint('{prefix}/bin/python')\n",
        "long": f"#!/bin/sh\n'''exec' \"{prefix}/bin/python3\" \"$0\" \"$@\"\n' '''\nprint(1)\n",
        "other": "#!/bin/sh\necho hi\n",
        "pythonic": "#!/bin/sh\n",
    }.items():
        (prefix / "bin" / name).write_text(text)
        (prefix / "bin" / name).chmod(0o755)
    (prefix / "bin" / "binary").write_bytes(b"\x7fELF\0" + str(prefix).encode())
    (prefix / "share").mkdir()
    (prefix / "share" / "data.txt").write_text("d")


def test_scripts_name_the_python_of_the_new_place(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "elsewhere" / "new"
    make(old)
    new.mkdir(parents=True)
    archive.pack(old, tmp_path / "a.tar.gz")
    archive.unpack(tmp_path / "a.tar.gz", new)

    assert (new / "bin/short").read_text() == f"#!{new}/bin/python\nprint('{old}/bin/python')\n"
    assert (new / "bin/long").read_text().splitlines()[1] == f"'''exec' \"{new}/bin/python3\" \"$0\" \"$@\""
    assert (new / "bin/other").read_text() == "#!/bin/sh\necho hi\n"
    assert (new / "bin/binary").read_bytes() == (old / "bin/binary").read_bytes()
    assert (new / "bin/short").stat().st_mode & 0o111
    left = {path.relative_to(new).as_posix() for path in new.rglob("*") if not path.is_dir()}
    assert left == {"bin/short", "bin/long", "bin/other", "bin/binary", "share/data.txt",
                    "lib/python3.11/site-packages/tool.py"}


def test_a_whole_archive_has_the_interpreter_but_not_the_marker(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    make(old)
    archive.pack(old, tmp_path / "a.tar.gz", whole=True)
    archive.unpack(tmp_path / "a.tar.gz", new)
    assert (new / "bin/python").is_symlink()
    assert (new / "pyvenv.cfg").is_file()
    assert not (new / MARKER).exists()


@pytest.mark.parametrize("content", [b"", b"nothing", b"\x1f\x8b\x08\0\0\0\0\0\0\x03half"])
def test_what_is_no_archive_is_unusable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.tar.gz").write_bytes(content)
    with pytest.raises(Unusable):
        archive.unpack(tmp_path / "a.tar.gz", tmp_path / "new")


def test_half_an_archive_is_unusable(tmp_path: Path) -> None:
    make(tmp_path / "old")
    archive.pack(tmp_path / "old", tmp_path / "a.tar.gz")
    whole = (tmp_path / "a.tar.gz").read_bytes()
    (tmp_path / "a.tar.gz").write_bytes(whole[:len(whole) // 2])
    with pytest.raises(Unusable):
        archive.unpack(tmp_path / "a.tar.gz", tmp_path / "new")


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "a/../../outside"])
def test_no_member_leaves_the_folder(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as made:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        made.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(Unusable, match="has no place"):
        archive.unpack(tmp_path / "a.tar.gz", tmp_path / "new")


def entries(path: Path, *members: tuple[str, bytes, str]) -> Path:
    """An archive of members: name, type, and content or where a link leads."""
    with tarfile.open(path, "w:gz", pax_headers={archive.PREFIX: "/old"}) as made:
        for name, kind, content in members:
            entry = tarfile.TarInfo(name)
            entry.type = kind
            is_link = kind in (tarfile.SYMTYPE, tarfile.LNKTYPE)
            entry.linkname, entry.size = (content, 0) if is_link else ("", len(content))
            made.addfile(entry, None if is_link else io.BytesIO(content.encode()))
    return path


@pytest.mark.parametrize("members", [
    [("a", tarfile.SYMTYPE, "{outside}"), ("a/x", tarfile.REGTYPE, "evil")],
    [("a", tarfile.SYMTYPE, "{outside}/x"), ("a", tarfile.REGTYPE, "evil")],
    [("b/c", tarfile.SYMTYPE, "../.."), ("b/c/outside/x", tarfile.REGTYPE, "evil")],
    [("a", tarfile.LNKTYPE, "{outside}/x"), ("a", tarfile.REGTYPE, "evil")],
    [("a", tarfile.LNKTYPE, "../outside/x"), ("a", tarfile.REGTYPE, "evil")],
    [("b", tarfile.SYMTYPE, "{outside}"), ("a", tarfile.LNKTYPE, "b/x"), ("a", tarfile.REGTYPE, "evil")],
    [("b", tarfile.SYMTYPE, "{outside}/x"), ("a", tarfile.LNKTYPE, "b"), ("a", tarfile.REGTYPE, "evil")],
    [("a", tarfile.SYMTYPE, "{outside}"), ("a/d", tarfile.DIRTYPE, "")],
    [("a", tarfile.FIFOTYPE, "")],
])
def test_nothing_is_written_through_a_link(tmp_path: Path, members: list[tuple[str, bytes, str]]) -> None:
    outside, prefix = tmp_path / "outside", tmp_path / "new"
    outside.mkdir()
    prefix.mkdir()
    (outside / "x").write_text("good")
    filled = [(name, kind, content.format(outside=outside)) for name, kind, content in members]
    with pytest.raises(Unusable, match="has no place"):
        archive.unpack(entries(tmp_path / "a.tar.gz", *filled), prefix)
    assert [(path.name, path.read_text()) for path in outside.iterdir()] == [("x", "good")]


def test_links_are_kept(tmp_path: Path) -> None:
    made = entries(tmp_path / "a.tar.gz", ("lib/a.so.1", tarfile.REGTYPE, "a"), ("lib/a.so", tarfile.SYMTYPE, "a.so.1"),
                   ("lib/b.so", tarfile.LNKTYPE, "lib/a.so.1"), ("share", tarfile.SYMTYPE, "/usr/share"))
    archive.unpack(made, tmp_path / "new")
    assert (tmp_path / "new/lib/a.so").read_text() == (tmp_path / "new/lib/b.so").read_text() == "a"
    assert (tmp_path / "new/share").is_symlink()

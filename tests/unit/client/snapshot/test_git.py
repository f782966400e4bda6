"""The commit of a source folder, of real repositories."""

import subprocess
from pathlib import Path

import pytest
from runspoor.snapshot.git import NAMES, OVERRIDE, properties, scrubbed

SECRET = "s3cr3t-t0ken"


def git(folder: Path, *arguments: str) -> str:
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *settings, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in NAMES:
        monkeypatch.delenv(OVERRIDE + name, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    folder = tmp_path / "repository"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "train.py").write_text("1")
    (folder / "other.py").write_text("1")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    git(folder, "remote", "add", "origin", f"https://user:{SECRET}@example.com/team/repo.git")
    return folder


def test_commit_branch_and_repository_by_both_names(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    assert properties(repository) == properties(str(repository / "sub")) == {
        "azureml.git.repository_uri": "https://example.com/team/repo.git",
        "azureml.git.branch": "main", "azureml.git.commit": commit, "azureml.git.dirty": "False",
        "mlflow.source.git.repoURL": "https://example.com/team/repo.git",
        "mlflow.source.git.branch": "main", "mlflow.source.git.commit": commit,
    }


@pytest.mark.parametrize("name", ["sub/new.py", "sub/train.py"])
def test_dirty_is_what_differs_in_the_folder(repository: Path, name: str) -> None:
    (repository / name).write_text("2")
    assert properties(repository / "sub")["azureml.git.dirty"] == "True"
    (repository / "outer.py").write_text("2")
    git(repository, "add", "sub")
    git(repository, "commit", "-qm", "second")
    assert properties(repository / "sub")["azureml.git.dirty"] == "False"
    assert properties(repository)["azureml.git.dirty"] == "True"


def test_what_is_not_there_is_left_out(repository: Path, tmp_path: Path) -> None:
    git(repository, "remote", "remove", "origin")
    git(repository, "checkout", "-q", "--detach")
    assert properties(repository).keys() == {"azureml.git.commit", "azureml.git.dirty", "mlflow.source.git.commit"}
    (tmp_path / "new").mkdir()
    git(tmp_path / "new", "init", "-q")
    assert properties(tmp_path / "new") == {"azureml.git.branch": "main", "mlflow.source.git.branch": "main",
                                            "azureml.git.dirty": "False"}


def test_no_repository_no_git_no_properties(repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert properties(tmp_path / "plain") == {}
    monkeypatch.setenv("PATH", str(tmp_path))
    assert properties(repository) == {}


def test_variables_win_and_are_scrubbed_too(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(OVERRIDE + name, f"https://{SECRET}@example.com/{name}?token={SECRET}")
    monkeypatch.setenv(OVERRIDE + "BRANCH", "release")
    found = properties(repository)
    assert (found["azureml.git.branch"], found["mlflow.source.git.branch"]) == ("release", "release")
    assert found["azureml.git.repository_uri"] == "https://example.com/REPOSITORY_URI"
    assert found["azureml.git.build_uri"] == "https://example.com/BUILD_URI"
    assert SECRET in found["azureml.git.build_id"], "a build's id is whatever the build says"


def test_a_secret_that_git_itself_puts_into_the_address_is_scrubbed(repository: Path) -> None:
    git(repository, "remote", "set-url", "origin", "https://example.com/repo.git")
    git(repository, "config", f"url.https://x-access-token:{SECRET}@example.com/.insteadOf", "https://example.com/")
    assert properties(repository)["azureml.git.repository_uri"] == "https://example.com/repo.git"


@pytest.mark.parametrize(("address", "plain"), [
    ("https://example.com/a/b.git", "https://example.com/a/b.git"),
    ("https://example.com:8443/a", "https://example.com:8443/a"),
    (f"https://{SECRET}@example.com/a", "https://example.com/a"),
    (f"https://oauth2:{SECRET}@example.com:1/a", "https://example.com:1/a"),
    (f"https://example.com/a?access_token={SECRET}", "https://example.com/a"),
    (f"https://example.com/a?token=x@{SECRET}", "https://example.com/a"),
    (f"https://u:{SECRET}@example.com/a?token=x@{SECRET}", "https://example.com/a"),
    (f"https://example.com/a#{SECRET}", "https://example.com/a"),
    (f"https://user:{SECRET}/with?odd#signs@example.com/a", "https://example.com/a"),
    (f"https://user:{SECRET}@with@ats@example.com/a", "https://example.com/a"),
    (f"https://us@er:{SECRET}@[::1]:80/a", "https://[::1]:80/a"),
    (f"ssh://git:{SECRET}@example.com/a", "ssh://example.com/a"),
    ("git@example.com:team/repo.git", "git@example.com:team/repo.git"),
    (f"x-token:{SECRET}@example.com:team/repo.git", "example.com:team/repo.git"),
    ("/home/me/repo@work", "/home/me/repo@work"), ("../repo", "../repo"), ("C:\\repo", "C:\\repo"),
    ("file:///home/me/repo@work", "file:///home/me/repo@work"), ("", ""),
])
def test_an_address_without_its_secrets(address: str, plain: str) -> None:
    assert scrubbed(address) == plain

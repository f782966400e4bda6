"""Which lines of a requirements file may be in an environment."""

import pytest

from shared.contract.package_lines import pip_line


@pytest.mark.parametrize("line", [
    "numpy", "numpy>=1; python_version < '3.12'", "tool[x] @ https://x.example/a/t.whl", "git+https://x.example/a/b@v1",
    "--index-url https://x.example/simple --pre", "--extra-index-url=https://${TOKEN}@x.example/simple",
    "numpy --hash=sha256:ab",
])
def test_lines_that_mean_the_same_on_every_node(line: str) -> None:
    assert pip_line(f" {line} ") == line


@pytest.mark.parametrize(("line", "said"), [
    ("-r other.txt", "'-r'"), ("--pre -r other.txt", "'-r'"), ("--index-url https://x.example -e .", "'-e'"),
    ("./here", "is a path"), ("a/b", "is a path"), ("a/b/c", "is a path"), ("/a/b", "is a path"),
    ("t.whl", "is a path"), ("--index-url https://ada:pw@x.example/simple", "credentials"),
    ("t @ https://x.example/t.whl?sig=ab", "credentials"),
])
def test_lines_that_do_not(line: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        pip_line(line)


def test_a_thousand_long_lines_are_read_at_once() -> None:
    """A request has this many at most, and no request may hold a worker for half a minute."""
    for _ in range(1000):
        assert pip_line("a/" * 990 + " x")

"""What a line that names a package may be: nothing that only one machine could install, and nothing secret."""

import re

from shared.contract.web_address import SECRETS

USER_INFO = re.compile(r"://(?!(\$\{[A-Z0-9_]+\}:?)+@|git@)[^/\s]*@")
"""``${NAME}`` is no secret: pip and uv put in what the variable has on the node."""
SIGNED = re.compile(rf"[?&;]({'|'.join(sorted(SECRETS))})=", re.IGNORECASE)
OPTION = re.compile(r"(?:^|\s)(--?[A-Za-z-]+)")
ALLOWED_OPTIONS = frozenset({
    "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--no-index", "--pre", "--no-binary",
    "--only-binary", "--prefer-binary", "--require-hashes", "--trusted-host",
})
LOCAL = re.compile(
    r"\.{0,2}/|~|[A-Za-z]:\\|\.{1,2}$|[^@]*@\s*file:|file:|[^\s@;\[/]+/[^\s@;]*$|\S+\.(whl|tar\.gz|zip)$")
ELSEWHERE = re.compile(r"(git\+|hg\+|svn\+|bzr\+)?[a-z][a-z+]*://")


def pip_line(line: str) -> str:
    """A line of a requirements file that means the same on every node; else ``ValueError``."""
    text = _checked(line)
    if text.startswith("-"):
        if wrong := [option for option in OPTION.findall(text) if option not in ALLOWED_OPTIONS]:
            raise ValueError(f"the pip option {wrong[0]!r} cannot be in an environment: it names files of one "
                             "machine, or changes more than where packages come from; write the packages themselves")
    elif LOCAL.match(text) and not ELSEWHERE.match(text):
        raise ValueError(f"{text[:80]!r} is a path, and environments are made on nodes that have no such file: name a "
                         "package of an index, or a URL")
    return text


def conda_spec(spec: str) -> str:
    """A match specification; else ``ValueError``."""
    return _no_option(_checked(spec))


def channel(name: str) -> str:
    """A channel's name or URL; else ``ValueError``."""
    return _no_option(_checked(name))


def _no_option(text: str) -> str:
    if text.startswith("-"):
        raise ValueError(f"{text[:80]!r} begins like an option of conda: write the name alone")
    return text


def _checked(text: str) -> str:
    """Without blanks around it, in one line, and without credentials, because definitions are kept and shown."""
    if any(ord(character) < 32 and character != "\t" for character in text) or "\u2028" in text or "\x85" in text:
        raise ValueError("a package is named in one line: send one element per line")
    if text.rstrip().endswith("\\"):
        raise ValueError("a line that goes on in the next one cannot be sent: write it as one line")
    if USER_INFO.search(text) or SIGNED.search(text):
        raise ValueError("a URL here has credentials, and definitions are kept and shown to all callers: use an index "
                         "that needs none, or write ${NAME} for a variable that the compute nodes themselves have")
    return text.strip()

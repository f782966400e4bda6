"""Path patterns of blob triggers: ``container/{run}/{attempt}/{signal}.json``.

A parameter takes any text, slashes included, as in Azure: ``container/{name}`` means every blob of the container.
https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-blob-trigger#blob-name-patterns
"""

import re
from dataclasses import dataclass

from local.host.settings import ConfigurationError

_TOKEN = re.compile(r"\{\{|\}\}|\{(\w+)\}|[^{}]+")


@dataclass(frozen=True)
class BlobPattern:
    """A container, a pattern for names in it, and the literal text that every such name begins with."""

    container: str
    name: re.Pattern[str]
    prefix: str


def compile_pattern(path: str) -> BlobPattern:
    """Compile the path of a blob trigger. Raises ConfigurationError when it cannot be read."""
    container, _, name = path.partition("/")
    if not container or "{" in container:
        raise ConfigurationError(f"the blob path {path!r} must begin with the name of a container")
    tokens = list(_TOKEN.finditer(name or "{name}"))
    if "".join(token[0] for token in tokens) != (name or "{name}"):
        raise ConfigurationError(f"the blob path {path!r} has a brace too many or too few")
    names = [token[1] for token in tokens if token[1]]
    if len(names) != len(set(names)):
        raise ConfigurationError(f"the blob path {path!r} has one parameter twice")
    pattern = "".join(f"(?P<{token[1]}>.*)" if token[1] else re.escape(_literal(token[0])) for token in tokens)
    first = next((index for index, token in enumerate(tokens) if token[1]), len(tokens))
    prefix = "".join(_literal(token[0]) for token in tokens[:first])
    return BlobPattern(container, re.compile(pattern, re.DOTALL), prefix)


def _literal(token: str) -> str:
    return token[0] if token in ("{{", "}}") else token

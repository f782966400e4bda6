"""Route templates of HTTP functions: ``runs/{run_id}``, ``{n:int}``, ``{x?}``, ``{*path}``.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger#customize-the-http-endpoint
A path is percent-decoded before it is matched, as in Azure: an encoded slash is a slash, and only ``{*path}`` takes it.
"""

import re
from dataclasses import dataclass

from local.host.settings import ConfigurationError

_PARAMETER = re.compile(r"\{(?P<catch_all>\*{0,2})(?P<name>\w+)(?::(?P<constraint>[^{}?]+))?(?P<optional>\?)?\}")
_CONSTRAINTS = {
    "int": r"-?\d+", "long": r"-?\d+", "decimal": r"-?\d+(?:\.\d+)?", "double": r"-?\d+(?:\.\d+)?",
    "float": r"-?\d+(?:\.\d+)?", "bool": "true|false", "alpha": "[A-Za-z]+",
    "guid": r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
}
# The more exact segment goes first when two templates match the same path.
_LITERAL, _CONSTRAINED, _FREE, _REST = range(4)


@dataclass(frozen=True)
class RouteTemplate:
    """A compiled template. ``rank`` sorts templates, the most exact first."""

    pattern: re.Pattern[str]
    rank: tuple[int, ...]

    def match(self, path: str) -> dict[str, str] | None:
        """The route parameters in the decoded ``path``, or None when it is not of this route."""
        found = self.pattern.fullmatch(path)
        return {name: value for name, value in found.groupdict().items() if value} if found else None


def compile_template(template: str, prefix: str = "") -> RouteTemplate:
    """Compile ``prefix/template``. Raises ConfigurationError for a template this host does not know how to read."""
    full = "/".join(part for part in (prefix.strip("/"), template.strip("/")) if part)
    segments = [_segment(text) for text in full.split("/") if text]
    pattern = "".join(pattern for pattern, _ in segments) or "/"
    return RouteTemplate(re.compile(f"{pattern}/?", re.IGNORECASE | re.DOTALL), tuple(rank for _, rank in segments))


def _segment(text: str) -> tuple[str, int]:
    """The pattern of one segment, with the slash before it, and its rank."""
    literals = _PARAMETER.split(text)[:: _PARAMETER.groups + 1]
    if any("{" in literal or "}" in literal for literal in literals):
        raise ConfigurationError(f"the route segment {text!r} cannot be read")
    found = list(_PARAMETER.finditer(text))
    if not found:
        return "/" + re.escape(text), _LITERAL
    first = found[0]
    alone = first[0] == text
    if (first["catch_all"] or first["optional"]) and not alone:
        raise ConfigurationError(f"an optional or catch-all parameter must be the whole segment, unlike {text!r}")
    if first["catch_all"]:
        return f"(?:/(?P<{first['name']}>.*))?", _REST
    body = "".join(re.escape(literal) + (_value(one) if one else "")
                   for literal, one in zip(literals, [*found, None], strict=True))
    rank = _FREE if alone and not first["constraint"] else _CONSTRAINED
    return (f"(?:/{body})?" if first["optional"] else f"/{body}"), rank


def _value(found: re.Match[str]) -> str:
    constraint = found["constraint"]
    if constraint and constraint not in _CONSTRAINTS:
        raise ConfigurationError(f"the route constraint {constraint!r} is not known; known: {', '.join(_CONSTRAINTS)}")
    return f"(?P<{found['name']}>{_CONSTRAINTS[constraint] if constraint else '[^/]+'})"

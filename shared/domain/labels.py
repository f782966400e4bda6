"""Tags and properties: names with values that callers give to things. Tags change, properties never do."""

from collections.abc import Mapping

from shared.domain import limits
from shared.domain.errors import Invalid, Rejected


def check_tags(tags: Mapping[str, str]) -> None:
    """``Invalid`` when a thing may not have all of ``tags``."""
    _check("tag", tags, limits.TAGS, limits.TAG_NAME_CHARACTERS, limits.TAG_VALUE_CHARACTERS)


def check_properties(properties: Mapping[str, str]) -> None:
    """``Invalid`` when a thing may not have all of ``properties``."""
    _check("property", properties, limits.PROPERTIES, limits.PROPERTY_NAME_CHARACTERS,
           limits.PROPERTY_VALUE_CHARACTERS)


def new_properties(known: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Those of ``wanted`` that are not ``known``. ``Rejected`` when one is known with another value."""
    changed = [name for name, value in wanted.items() if known.get(name, value) != value]
    if changed:
        raise Rejected(f"Property {changed[0]!r} has another value already: properties never change; use a tag.")
    new = {name: value for name, value in wanted.items() if name not in known}
    check_properties({**known, **new})
    return new


def _check(what: str, pairs: Mapping[str, str], most: int, name_length: int, value_length: int) -> None:
    if len(pairs) > most:
        raise Invalid(f"This would make {len(pairs)} of these, and at most {most} can be kept: drop a {what}.")
    for name, value in pairs.items():
        if not 0 < len(name) <= name_length or len(value) > value_length:
            raise Invalid(f"The {what} {name[:40]!r} is too long or has no name: a name has 1 to {name_length} "
                          f"characters, a value at most {value_length}.")

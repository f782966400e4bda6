"""The functions of the app, indexed once: the library counts a second indexing in one process as doubled names."""

from functools import cache

import function_app


@cache
def names() -> frozenset[str]:
    """The name of every function of the app."""
    return frozenset(str(function.get_function_name()) for function in function_app.app.get_functions())

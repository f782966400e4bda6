"""The command ``runspoor``.

Modules with commands do without ``from __future__ import annotations``: typer on Python 3.9 would see only strings.
"""

"""Secrets of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace


class Keyvault(Surface, v1="azureml.core.keyvault.Keyvault"):
    """Runspoor keeps no secrets: every method says what to do instead."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

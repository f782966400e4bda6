"""Experiments: named containers of runs."""

from __future__ import annotations

import builtins
import html
import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from runspoor.errors import NotFound
from runspoor.sdk.exceptions import UserErrorException, translated
from runspoor.sdk.label_filter import Wanted, fits
from runspoor.sdk.run import Run
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace

DOCS = "https://learn.microsoft.com/python/api/azureml-core/azureml.core.experiment.experiment"
VIEWS: Mapping[str, tuple[str, ...]] = {"ActiveOnly": ("false",), "ArchivedOnly": ("true",), "All": ("false", "true")}
"""v1's words for which experiments to list: the backend's lists by their flag ``archived``."""


class Experiment(Surface, v1="azureml.core.Experiment"):
    """An experiment; making the object creates it when it does not exist.

    UserErrorException for a name the backend does not take.
    """

    def __init__(self, workspace: Workspace, name: str, _skip_name_validation: bool = False, _id: str | None = None,
                 _archived_time: object = None, _create_in_cloud: bool = True, _experiment_dto: object = None,
                 **kwargs: Any) -> None:
        self._workspace, self._name = workspace, name
        self._path = f"experiments/{quote(name, safe='')}"
        if _create_in_cloud:
            with translated():
                workspace.api.write("POST", "experiments", {"name": name})

    def submit(self, config: object, tags: Mapping[str, str] | None = None, **kwargs: Any) -> Run:
        """Freeze the source folder of ``config``, submit the run or the sweep, and return at once."""
        from runspoor.sdk.submission import submit

        if kwargs:
            raise TypeError(f"submit() got an unexpected keyword argument {min(kwargs)!r}")
        return submit(self, config, tags)

    def start_logging(self, *args: Any, **kwargs: Any) -> Run:
        """Begin an interactive run: this process logs and ends it.

        Keywords: ``outputs``, a folder that ``complete`` uploads; ``snapshot_directory``, a folder to freeze;
        ``display_name``.
        """
        from runspoor.sdk.interactive_run import begin

        return begin(self, *args, **kwargs)

    def get_runs(self, type: str | None = None, tags: Wanted = None, properties: Wanted = None,
                 include_children: bool = False) -> Iterator[Run]:
        """The runs, newest first. ``tags`` and ``properties``: a name, or names with values.

        ``include_children``: those that are children of others too.
        """
        return Run.list(self, type=type, tags=tags, properties=properties, include_children=include_children)

    @staticmethod
    def list(workspace: Workspace, experiment_name: str | None = None, view_type: str = "ActiveOnly",
             tags: Wanted = None) -> builtins.list[Experiment]:
        """Experiments, newest first. ``view_type``: ActiveOnly, ArchivedOnly or All."""
        if view_type not in VIEWS:
            raise UserErrorException(f"view_type is one of {', '.join(VIEWS)}, not {view_type!r}.")
        with translated():
            found = [each for archived in VIEWS[view_type]
                     for each in workspace.api.pages("experiments", {"archived": archived})]
        return [Experiment(workspace, each["name"], _create_in_cloud=False) for each in found
                if experiment_name in (None, each["name"]) and fits(each["tags"], tags)]

    def archive(self) -> None:
        """Hide it from lists; nothing is deleted."""
        self._ask("archive")

    def reactivate(self, new_name: str | None = None) -> None:
        """Show it in lists again. A new name is not taken, nor in v1."""
        if new_name is not None:
            raise UserErrorException("An experiment keeps its name: call reactivate() without one.")
        self._ask("reactivate")

    @translated()
    def _ask(self, what: str) -> None:
        self._workspace.api.write("POST", f"{self._path}/{what}")

    def refresh(self) -> None:
        """Everything is read when it is asked for."""

    @translated()
    def _document(self) -> dict[str, Any]:
        try:
            return dict(self._workspace.api.get(self._path).json())
        except NotFound:  # Its first run is making it.
            return {"name": self._name, "tags": {}, "archived": False}

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self._name

    @property
    def id(self) -> str:
        """A GUID that is the same for the same name on the same backend."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.get_portal_url()))

    @property
    def identity(self) -> str:
        """The experiment's name."""
        return self._name

    @property
    def workspace(self) -> Workspace:
        """The workspace it belongs to."""
        return self._workspace

    @property
    def workspace_object(self) -> Workspace:
        """v1's former word for ``workspace``."""
        return self._workspace

    @property
    def tags(self) -> dict[str, str]:
        """The tags it was created with."""
        return dict(self._document()["tags"])

    @property
    def portal_url(self) -> str:
        """Where the backend shows the experiment."""
        return self.get_portal_url()

    def get_portal_url(self) -> str:
        """Where the backend shows the experiment."""
        return f"{self._workspace.api.url}/{self._path}"

    @classmethod
    def get_docs_url(cls) -> str:
        """Where v1 describes its experiments."""
        return DOCS

    def __repr__(self) -> str:
        return f"Experiment(Name: {self.name},\nWorkspace: {self.workspace.name})"

    def _repr_html_(self) -> str:
        link = f'<a href="{html.escape(self.get_portal_url())}">Link</a>'
        return (f"<table><tr><th>Name</th><th>Workspace</th><th>Details</th></tr><tr><td>{html.escape(self.name)}</td>"
                f"<td>{html.escape(self.workspace.name)}</td><td>{link}</td></tr></table>")

"""What a run writes to a datastore: where, how, and the dataset that it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from runspoor.sdk.abstract_output import OutputDatasetConfig
from runspoor.sdk.exceptions import NotOffered, UserErrorException
from runspoor.sdk.output_tables import TransformationMixin
from runspoor.sdk.run_data import GlobsOptions, output_request

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace


class OutputFileDatasetConfig(OutputDatasetConfig, TransformationMixin, v1="azureml.data.OutputFileDatasetConfig"):
    """A folder of the node, at ``source`` or where the node chooses, that the script writes into.

    ``destination``: ``(datastore, 'path')``, in which ``{run-id}`` and ``{output-name}`` stand for what they say; none
    is ``dataset/{run-id}/{output-name}`` of the default datastore. Files are written as the script goes on
    (``as_mount``, the default), or when it has succeeded (``as_upload``).
    """

    def __init__(self, name: str | None = None, destination: Any = None, source: str | None = None,
                 partition_format: str | None = None) -> None:
        super().__init__("mount", name)
        if partition_format is not None:
            raise NotOffered("partition_format of an output", "read the parts of the path in the script")
        self.destination, self.source = destination, source
        self._overwrite = False
        self._globs: list[str] | None = None

    def as_mount(self, disable_metadata_cache: bool = False) -> OutputFileDatasetConfig:
        """The same output: files are stored as the script goes on, and kept when it fails."""
        return self._with(mode="mount", _overwrite=False, _globs=None)

    def as_upload(self, overwrite: bool = False,
                  source_globs: str | Sequence[str] | GlobsOptions | None = None) -> OutputFileDatasetConfig:
        """The same output: files, those that match a glob if any is given, are stored when the script succeeded.

        Without ``overwrite`` a file that is at the destination already fails the run.
        """
        globs = source_globs.patterns if isinstance(source_globs, GlobsOptions) else source_globs
        return self._with(mode="upload", _overwrite=overwrite,
                          _globs=[globs] if isinstance(globs, str) else list(globs or ()) or None)

    def to_output(self, workspace: Workspace) -> tuple[str, dict[str, Any]]:
        """The output's name, and OutputRequest. Raises UserErrorException for a destination that is none."""
        return self.name, output_request(self._place(), self.mode, self.source, self._overwrite, self._globs,
                                         self._registration)

    def _place(self) -> tuple[str, str] | None:
        if self.destination is None:
            return None
        given = self.destination if isinstance(self.destination, tuple) else (self.destination, "")
        if len(given) != 2 or not hasattr(given[0], "datastore_type"):
            raise UserErrorException("The destination of an output is (datastore, 'path'), as in "
                                     "(ws.get_default_datastore(), 'results/{run-id}').")
        return str(given[0].name), given[1]

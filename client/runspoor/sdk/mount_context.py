"""The files of a dataset in a folder of this machine, for a while."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from runspoor.mount import device
from runspoor.mount.device import CannotMount
from runspoor.mount.process import Mounted, NotReady
from runspoor.sdk.exceptions import UserErrorException

if TYPE_CHECKING:
    from runspoor.sdk.file_dataset import FileDataset


class MountContext:
    """What ``FileDataset.mount`` gives: mounts by ``start`` or ``with``, read-only, and what is read is fetched.

    Where this machine cannot mount, the files are downloaded instead, and a line on standard error says so.
    """

    def __init__(self, dataset: FileDataset, mount_point: str | os.PathLike[str] | None = None) -> None:
        self._dataset = dataset
        self._point = os.path.abspath(mount_point) if mount_point else None
        self._mounted: Mounted | None = None
        self._single: str | None = None
        self._started = False

    @property
    def mount_point(self) -> str:
        """The folder; a new one under the system's temporary folder unless one was named."""
        if self._point is None:
            self._point = tempfile.mkdtemp(prefix="runspoor-")
        return self._point

    @property
    def is_single_file(self) -> bool:
        """Whether the dataset is one file; known once it is started."""
        return self._single is not None

    @property
    def single_file(self) -> str | None:
        """The name of the only file of a dataset that is one file; known once it is started."""
        return self._single

    @property
    def data_path(self) -> str:
        """The mount point, or the file of a dataset that is one file."""
        return os.path.join(self.mount_point, self._single) if self._single else self.mount_point

    def start(self) -> None:
        """Mount. UserErrorException when the folder is not empty, or the files cannot be had."""
        if self._started:
            return
        self._prepare(Path(self.mount_point))
        described = {"mount_point": self.mount_point, **self._dataset._listing()}
        self._single = self._dataset.to_path()[0].lstrip("/") if described["first"]["is_file"] else None
        try:
            self._mounted = Mounted(described)
        except CannotMount as cannot:
            self._download(str(cannot))
        except NotReady as late:
            raise UserErrorException(f"{late} See what the process said above; download() copies the files instead.",
                                     inner_exception=late) from late
        self._started = True

    def _prepare(self, folder: Path) -> None:
        device.remove_stale(str(folder))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            is_empty = next(folder.iterdir(), None) is None
        except OSError as error:
            raise UserErrorException(f"Nothing can be mounted at {folder}: {error.strerror}.") from error
        if not is_empty:
            raise UserErrorException(f"Nothing can be mounted at {folder}: it is not empty. Name an empty folder.")

    def _download(self, why: str) -> None:
        print(f"runspoor: this machine cannot mount ({why}): the files are downloaded to {self.mount_point}.",
              file=sys.stderr, flush=True)
        try:
            self._dataset.download(self.mount_point)
        except BaseException:
            shutil.rmtree(self.mount_point, ignore_errors=True)  # It was empty; a part of it would pass for all.
            raise

    def stop(self) -> None:
        """Unmount, and remove the folder. Again: nothing."""
        if not self._started:
            return
        self._started = False
        if self._mounted is not None:
            self._mounted.stop()
            self._mounted = None
            with suppress(OSError):
                os.rmdir(self.mount_point)
        else:
            shutil.rmtree(self.mount_point, ignore_errors=True)

    def __enter__(self) -> MountContext:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

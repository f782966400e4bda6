"""Datastores over the wire. A credential goes in and never comes out."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, SecretStr, model_validator

from shared.contract.fields import Name, Path, Request
from shared.contract.responses import Page
from shared.domain import limits
from shared.domain.datastore import Access, DatastoreKind

Credential = Annotated[SecretStr, Field(min_length=1, max_length=limits.CREDENTIAL_CHARACTERS)]


class DatastoreRequest(Request):
    """A datastore to register. Without ``account_key`` and ``sas`` the backend's own identity opens it.

    ``container``: the blob container, share or file system. ``endpoint``: URL of the account's service, when it is not
    the one that follows from the account's name. ``overwrite``: whether one of this name may be another one now.
    """

    name: Name
    kind: DatastoreKind
    account: Annotated[str, Field(pattern=r"^[a-z0-9]{3,24}$")]
    container: Annotated[str, Field(pattern=r"^[a-z0-9$][a-z0-9-]{1,61}[a-z0-9]$")]
    endpoint: Annotated[str, Field(min_length=1, max_length=limits.URL_CHARACTERS)] | None = None
    account_key: Credential | None = None
    sas: Credential | None = None
    create_if_not_exists: bool = False
    skip_validation: bool = False
    overwrite: bool = False

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if self.account_key is not None and self.sas is not None:
            raise ValueError("give 'account_key' or 'sas', not both")
        return self


class DefaultDatastoreRequest(Request):
    """The datastore that is meant when none is named."""

    name: Name


class DatastoreModel(BaseModel):
    """A datastore. ``access``: how the backend opens it."""

    name: str
    kind: DatastoreKind
    account: str
    container: str
    endpoint: str
    access: Access
    is_default: bool = False
    created_at: datetime | None = None


class DatastoreFile(BaseModel):
    """A file of a datastore, its ``path`` from the root, and where it can be read for some minutes."""

    path: str
    url: str
    size: int
    etag: str
    modified: datetime


class DatastoreFiles(Page[DatastoreFile]):
    """A page of the files of a datastore."""


class FileUploadsRequest(Request):
    """Paths, from the datastore's root, of files about to be written."""

    paths: Annotated[list[Path], Field(min_length=1, max_length=limits.GRANTS_PER_REQUEST)]


class FileUploads(BaseModel):
    """Path -> URL by which it can be written until ``expires_at``, in the way of its ``kind``: a share is no blob."""

    kind: DatastoreKind
    urls: dict[str, str]
    expires_at: datetime

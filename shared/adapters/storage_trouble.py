"""What a datastore's storage says when it refuses: its code in a sentence, and never its text or the address.

Both may have a signature in them: the text of a refused key has what it was compared with.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from shared.application.data_ports import StorageSilent, StorageTrouble
from shared.domain.datastore import DatastoreDefinition

CONNECTION_SECONDS = 5
READ_SECONDS = 8
"""A caller waits, for 30 s at most, for what somebody else's storage says, which is asked up to three times."""
NOT_THERE = ("ContainerNotFound", "ShareNotFound", "FilesystemNotFound", "ContainerBeingDeleted", "ShareBeingDeleted")
REFUSED = "the {access} is refused ({code}): check it, and what it may do there"
SENTENCES = {
    **dict.fromkeys(NOT_THERE, "there is no {container!r} ({code}): create it first, or register with "
                               "'create_if_not_exists'"),
    "InvalidResourceName": "{container!r} cannot be a name there",
}
NO_STORAGE = "{code}, which is no answer of Azure Storage: check account and endpoint"
NO_IDENTITY = ("This backend has no identity by which Azure knows it: give 'account_key' "
               "or 'sas'.")
ACCESS = {"identity": "backend's own identity", "account_key": "account key", "sas": "SAS"}
BUSY = {408, 429, 500, 502, 503, 504}


@contextmanager
def translated(definition: DatastoreDefinition) -> Iterator[None]:
    """Whatever Azure's SDK raises comes out as ``StorageTrouble``."""
    place = f"The storage at {definition.endpoint} says: "
    try:
        yield
    except ClientAuthenticationError as error:
        if error.response is None:
            raise StorageTrouble(NO_IDENTITY) from None
        raise StorageTrouble(f"{place}{_sentence(definition, error)}.") from None
    except HttpResponseError as error:
        kind = StorageSilent if error.status_code in BUSY else StorageTrouble
        raise kind(f"{place}{_sentence(definition, error)}.") from None
    except AzureError:
        raise StorageSilent(f"The storage at {definition.endpoint} cannot be reached: check account and "
                            "endpoint, and try again.") from None


def _sentence(definition: DatastoreDefinition, error: HttpResponseError) -> str:
    said = getattr(error, "error_code", None)
    code = str(getattr(said, "value", said) or error.status_code)
    usual = "{code}" if said or error.status_code in BUSY else NO_STORAGE
    sentence = SENTENCES.get(code, REFUSED if error.status_code in (401, 403) else usual)
    return sentence.format(access=ACCESS[definition.access], container=definition.container, code=code)

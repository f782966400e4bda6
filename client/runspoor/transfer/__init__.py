"""Files to and from storage, by URLs of the backend: in parallel, checked, and each whole or not at all."""

from runspoor.transfer.download import Remote, download
from runspoor.transfer.upload import upload

__all__ = ["Remote", "download", "upload"]

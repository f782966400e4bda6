"""Keys: who may call a function. https://learn.microsoft.com/azure/azure-functions/function-keys-how-to"""

import hmac
from dataclasses import dataclass

from starlette.requests import Request

from local.host.settings import Settings

ANONYMOUS, FUNCTION, ADMIN = "anonymous", "function", "admin"


@dataclass(frozen=True)
class Keys:
    """The function key of the host and its master key; None when not set, and then nobody is let in by it."""

    function: str | None
    master: str | None

    def admit(self, level: str, request: Request) -> bool:
        """Whether the request brings a key that is good for the authorization ``level``."""
        if level == ANONYMOUS:
            return True
        brought = request.headers.get("x-functions-key") or request.query_params.get("code") or ""
        good = [self.master] if level == ADMIN else [self.function, self.master]
        # Every key is compared, so that the time taken says nothing.
        answers = [hmac.compare_digest(key.encode(), brought.encode()) for key in good if key]
        return any(answers)


def from_settings(settings: Settings) -> Keys:
    """RUNSPOOR_KEY, and RUNSPOOR_MASTER_KEY where the master key is another one."""
    key = settings.get("RUNSPOOR_KEY") or None
    return Keys(key, settings.get("RUNSPOOR_MASTER_KEY") or key)

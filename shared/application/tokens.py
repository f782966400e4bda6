"""Run tokens: what a node shows to be allowed to write for one attempt of one run, and for nothing else."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import jwt

ALGORITHM = "HS256"
LIFETIME = timedelta(days=7)
"""A task may wait for its node for days. The token is worth something only while its attempt is the current one."""


class BadToken(Exception):
    """No token, or one that is not ours or has expired."""


@dataclass(frozen=True)
class Tokens:
    """Issues and reads run tokens signed with ``key`` (at least 32 characters)."""

    key: str = field(repr=False)

    def issue(self, run_id: str, attempt: int, now: datetime) -> str:
        """A token for one attempt of one run."""
        claims = {"sub": run_id, "attempt": attempt, "exp": now + LIFETIME}
        return jwt.encode(claims, self.key, algorithm=ALGORITHM)

    def read(self, token: str) -> tuple[str, int]:
        """Run id and attempt; raises ``BadToken``."""
        try:
            claims = jwt.decode(token, self.key, algorithms=[ALGORITHM], options={"require": ["sub", "attempt", "exp"]})
            return str(claims["sub"]), int(claims["attempt"])
        except (jwt.InvalidTokenError, TypeError, ValueError) as error:
            raise BadToken("The run token is damaged or expired: show the one of the last grants.") from error

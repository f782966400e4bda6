"""Refusals, by whose fault they are. The message is for the caller: what is wrong and how to mend it."""


class Refusal(Exception):
    """The caller asked for something that cannot be done; the message says why and what to do instead."""


class Invalid(Refusal):
    """The request itself is wrong: a limit is passed, or it names something that does not exist."""


class Rejected(Refusal):
    """The request contradicts what has already happened."""


class NotFound(Refusal):
    """The request is about something nobody has created."""


class Fenced(Refusal):
    """An attempt that is no longer the current one, or whose run has ended, asked for something."""


def key_of_another(what: str, name: str) -> Rejected:
    """The refusal of a request whose Idempotency-Key came before, with other contents."""
    return Rejected(f"The Idempotency-Key made a version of {what} {name!r} from other contents: use a new one.")

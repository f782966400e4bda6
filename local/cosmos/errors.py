"""The errors Cosmos answers with: one table of codes, one exception."""

# Status and code word of every refusal, as the REST API documents them
# (learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb).
CODES: dict[int, str] = {
    400: "BadRequest",
    401: "Unauthorized",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    412: "PreconditionFailed",
    413: "RequestEntityTooLarge",
}

PARTITION_KEY_MISMATCH = 1001
OWNER_NOT_FOUND = 1003
COLLECTION_RID_MISMATCH = 1024


class CosmosError(Exception):
    """A refusal: HTTP ``status``, Cosmos' ``substatus`` (0 when it has none) and one sentence for the caller."""

    def __init__(self, status: int, message: str, substatus: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.substatus = substatus
        self.message = message

    @property
    def body(self) -> dict[str, str]:
        """The JSON body of the answer."""
        return {"code": CODES[self.status], "message": self.message}


def bad_request(message: str, substatus: int = 0) -> CosmosError:
    return CosmosError(400, message, substatus)


def item_not_found(item_id: str) -> CosmosError:
    return CosmosError(404, f"Entity with the specified id does not exist in the system: no item {item_id!r} in this "
                            "partition.")


def precondition_failed() -> CosmosError:
    return CosmosError(412, "Operation cannot be performed because one of the specified precondition is not met.")

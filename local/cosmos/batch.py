"""Operations on documents by name, alone or as a transactional batch."""

from dataclasses import dataclass

from local.cosmos.containers import Container
from local.cosmos.documents import Condition, Document, Documents
from local.cosmos.errors import CosmosError, bad_request, precondition_failed
from local.cosmos.jsontext import Json, JsonObject, parse_object
from local.cosmos.patch import apply_patch
from local.cosmos.query.conditions import Conditions
from local.cosmos.query.operands import Operands
from local.cosmos.query.parser import parse_condition
from local.cosmos.storage import Storage

MAX_OPERATIONS = 100
FAILED_DEPENDENCY = 424


@dataclass(frozen=True)
class Outcome:
    """What one operation of a batch came to."""

    status: int
    document: Document | None = None


def patch(storage: Storage, container: Container, key: str, item_id: str, body: JsonObject,
          condition: Condition) -> Document:
    """Apply a patch body ``{"operations": [...], "condition": "FROM c WHERE ..."}`` to one document."""
    documents = Documents(storage, container)
    current = documents.read(key, item_id)
    condition.check_write(current)
    text = body.get("condition")
    if text is not None and not _holds(storage, container, current, text):
        raise precondition_failed()
    return documents.replace(key, item_id, apply_patch(parse_object(current.body), body.get("operations")))


def _holds(storage: Storage, container: Container, current: Document, text: Json) -> bool:
    if not isinstance(text, str):
        raise bad_request("The condition of a patch must be a string.")
    alias, expression = parse_condition(text)
    operands = Operands(alias, {})
    where = Conditions(operands, None).where(expression)
    seq = operands.bind(current.seq)
    found = storage.execute_numbered(f"SELECT 1 FROM {container.table} WHERE {where} AND seq = {seq}", operands.values)
    return found.fetchone() is not None


class _Failed(Exception):
    def __init__(self, index: int, error: CosmosError) -> None:
        self.index = index
        self.error = error


def run_batch(storage: Storage, container: Container, key: str, operations: Json) -> list[Outcome]:
    """All operations in one transaction. When one fails nothing is written: it shows its status, all others 424."""
    if not isinstance(operations, list) or not 1 <= len(operations) <= MAX_OPERATIONS:
        raise bad_request(f"A batch has between 1 and {MAX_OPERATIONS} operations.")
    outcomes = []
    try:
        with storage.transaction():
            for index, operation in enumerate(operations):
                try:
                    outcomes.append(_operate(storage, container, key, operation))
                except CosmosError as error:
                    raise _Failed(index, error) from error
    except _Failed as failed:
        return [Outcome(failed.error.status if index == failed.index else FAILED_DEPENDENCY)
                for index in range(len(operations))]
    return outcomes


def _operate(storage: Storage, container: Container, key: str, operation: Json) -> Outcome:
    if not isinstance(operation, dict):
        raise bad_request("Each operation of a batch must be an object.")
    documents = Documents(storage, container)
    item_id = str(operation.get("id", ""))
    condition = Condition(_text(operation.get("ifMatch")), _text(operation.get("ifNoneMatch")))
    match operation.get("operationType"):
        case "Read":
            return Outcome(200, documents.read(key, item_id))
        case "Delete":
            documents.delete(key, item_id, condition)
            return Outcome(204)
        case "Create":
            return Outcome(201, documents.create(key, _body(operation)))
        case "Upsert":
            document, created = documents.upsert(key, _body(operation), condition)
            return Outcome(201 if created else 200, document)
        case "Replace":
            return Outcome(200, documents.replace(key, item_id, _body(operation), condition))
        case "Patch":
            return Outcome(200, patch(storage, container, key, item_id, _body(operation), condition))
        case other:
            raise bad_request(f"Unsupported batch operation {other!r}.")


def _body(operation: JsonObject) -> JsonObject:
    body = operation.get("resourceBody")
    if not isinstance(body, dict):
        raise bad_request("The operation needs a resourceBody that is an object.")
    return body


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None

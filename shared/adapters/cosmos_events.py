"""The log in Cosmos DB: one immutable document per commit. Creating it is the version check."""

from collections.abc import Iterator, Mapping

from azure.cosmos import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceExistsError

from shared.adapters.request_charge import RequestCharges
from shared.application.codec import Document, from_document, to_document
from shared.application.ports import Commit, VersionConflict

READ = "SELECT * FROM c WHERE c.stream = @stream ORDER BY c.version"


class CosmosEvents:
    """An ``EventStore`` over the container ``events``."""

    def __init__(self, container: ContainerProxy, charges: RequestCharges | None = None) -> None:
        self._container = container
        self._charges = charges or RequestCharges()

    def append(self, commit: Commit) -> None:
        try:
            self._container.create_item(
                to_document(commit), no_response=True, response_hook=self._charges.hook("append"))
        except CosmosResourceExistsError as error:
            self._charges.record("append", error.headers)
            raise VersionConflict(f"{commit.stream} has a commit at version {commit.version} already.") from error

    def read(self, stream: str) -> list[Commit]:
        parameters: list[dict[str, object]] = [{"name": "@stream", "value": stream}]
        documents = self._container.query_items(
            READ, parameters=parameters, partition_key=stream, response_hook=self._charges.hook("read"))
        return [from_document(document) for document in documents]

    def feed(self, cursor: str | None, limit: int = 100) -> tuple[list[Commit], str]:
        answers: list[Mapping[str, str]] = []

        def keep(headers: Mapping[str, str], _: object) -> None:
            self._charges.record("feed", headers)
            answers.append(headers)

        if cursor is None:
            items = self._container.query_items_change_feed(
                start_time="Beginning", max_item_count=limit, response_hook=keep)
        else:
            items = self._container.query_items_change_feed(
                continuation=cursor, max_item_count=limit, response_hook=keep)
        pages: Iterator[Iterator[Document]] = items.by_page()
        commits = [from_document(document) for document in next(pages, iter(()))]
        # The SDK puts the cursor into the headers it has shown to the hook. It is also in the client's last headers,
        # but those belong to whichever thread was answered last.
        return commits, answers[-1]["etag"]

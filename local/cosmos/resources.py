"""Routes of the account, databases, containers and partition key ranges."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.cosmos.account import account
from local.cosmos.answers import RANGE_ID, answer, feed
from local.cosmos.containers import Catalog
from local.cosmos.jsontext import JsonObject, dump
from local.cosmos.requests import body_object, container_of, is_query


class Resources:
    """Everything but documents."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def routes(self) -> list[Route]:
        return [
            Route("/", self.account),
            Route("/dbs", self.list_databases),
            Route("/dbs", self.create_database, methods=["POST"]),
            Route("/dbs/{database}", self.read_database),
            Route("/dbs/{database}", self.delete_database, methods=["DELETE"]),
            Route("/dbs/{database}/colls", self.list_containers),
            Route("/dbs/{database}/colls", self.create_container, methods=["POST"]),
            Route("/dbs/{database}/colls/{container}", self.read_container),
            Route("/dbs/{database}/colls/{container}", self.replace_container, methods=["PUT"]),
            Route("/dbs/{database}/colls/{container}", self.delete_container, methods=["DELETE"]),
            Route("/dbs/{database}/colls/{container}/pkranges", self.ranges),
        ]

    async def account(self, request: Request) -> Response:
        return answer(account(request.headers.get("host", "127.0.0.1")))

    async def list_databases(self, request: Request) -> Response:
        return answer(feed("", "Databases", (dump(database.body) for database in self._catalog.databases())))

    async def create_database(self, request: Request) -> Response:
        if is_query(request):
            return await self.list_databases(request)
        return _resource(self._catalog.create_database(await body_object(request)).body, 201)

    async def read_database(self, request: Request) -> Response:
        return _resource(self._catalog.database(request.path_params["database"]).body)

    async def delete_database(self, request: Request) -> Response:
        self._catalog.delete_database(request.path_params["database"])
        return answer(None, 204)

    async def list_containers(self, request: Request) -> Response:
        database = self._catalog.database(request.path_params["database"])
        bodies = (dump(container.body) for container in self._catalog.containers(database.id))
        return answer(feed(database.rid, "DocumentCollections", bodies))

    async def create_container(self, request: Request) -> Response:
        body = await body_object(request)
        return _resource(self._catalog.create_container(request.path_params["database"], body).body, 201)

    async def read_container(self, request: Request) -> Response:
        database, container = _names(request)
        return _resource(self._catalog.container(database, container).body)

    async def replace_container(self, request: Request) -> Response:
        return _resource(self._catalog.replace_container(*_names(request), await body_object(request)).body)

    async def delete_container(self, request: Request) -> Response:
        self._catalog.delete_container(*_names(request))
        return answer(None, 204)

    async def ranges(self, request: Request) -> Response:
        """One physical partition covers all keys; it never splits, so its feed is drained after one reading."""
        container = container_of(request, self._catalog)
        etag = f'"{container.rid}"'
        if request.headers.get("if-none-match") == etag:
            return answer(None, 304, headers={"etag": etag})
        whole: JsonObject = {
            "_rid": container.rid, "id": RANGE_ID, "_etag": etag, "minInclusive": "", "maxExclusive": "FF",
            "ridPrefix": 0, "throughputFraction": 1, "status": "online", "_ts": container.ts,
            "_self": f"{container.self_link}pkranges/{RANGE_ID}/", "parents": []}
        return answer(feed(container.rid, "PartitionKeyRanges", [dump(whole)]), headers={"etag": etag})


def _names(request: Request) -> tuple[str, str]:
    return request.path_params["database"], request.path_params["container"]


def _resource(body: JsonObject, status: int = 200) -> Response:
    return answer(body, status, headers={"etag": str(body["_etag"])})

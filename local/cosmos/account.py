"""The account document: where the account is, what it can do."""

import json

from local.cosmos.jsontext import JsonObject

REGION = "Local"

# Limits a query engine may rely on; SDKs parse this string and refuse an account without it.
QUERY_ENGINE = {
    "maxSqlQueryInputLength": 262144, "maxJoinsPerSqlQuery": 5, "maxLogicalAndPerSqlQuery": 500,
    "maxLogicalOrPerSqlQuery": 500, "maxUdfRefPerSqlQuery": 10, "maxInExpressionItemsCount": 16000,
    "queryMaxInMemorySortDocumentCount": 500, "maxQueryRequestTimeoutFraction": 0.9, "sqlAllowNonFiniteNumbers": False,
    "sqlAllowAggregateFunctions": True, "sqlAllowSubQuery": False, "sqlAllowScalarSubQuery": False,
    "allowNewKeywords": True, "sqlAllowLike": True, "sqlAllowGroupByClause": True, "maxSpatialQueryCells": 12,
    "spatialMaxGeometryPointCount": 256, "sqlAllowTop": True, "enableSpatialIndexing": False}


def account(host: str) -> JsonObject:
    """The account as seen at ``host``, the authority the caller used: a proxy in front keeps working."""
    url = f"http://{host}/"
    location: JsonObject = {"name": REGION, "databaseAccountEndpoint": url}
    return {"_self": "", "id": host.split(":")[0], "_rid": host, "media": "//media/", "addresses": "//addresses/",
            "_dbs": "//dbs/", "writableLocations": [location], "readableLocations": [location],
            "enableMultipleWriteLocations": False, "enablePerPartitionFailoverBehavior": False,
            "continuousBackupEnabled": False,
            "userReplicationPolicy": {"asyncReplication": False, "minReplicaSetSize": 1, "maxReplicasetSize": 4},
            "userConsistencyPolicy": {"defaultConsistencyLevel": "Session"},
            "systemReplicationPolicy": {"minReplicaSetSize": 1, "maxReplicasetSize": 4},
            "readPolicy": {"primaryReadCoefficient": 1, "secondaryReadCoefficient": 1},
            "queryEngineConfiguration": json.dumps(QUERY_ENGINE)}

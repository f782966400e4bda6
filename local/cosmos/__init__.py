"""An emulator of Azure Cosmos DB for NoSQL: the part of its REST API that the azure-cosmos SDK uses, over SQLite."""

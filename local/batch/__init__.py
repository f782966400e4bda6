"""Azure Batch on one machine: the REST API 2025-06-01 over loopback, with tasks run as processes."""

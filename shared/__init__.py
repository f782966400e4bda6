"""Everything that needs no Functions host: domain, application, adapters, contract."""

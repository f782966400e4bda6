"""Everything that needs no Functions host: domain, application, adapters, contract."""

VERSION = "0.1.0"

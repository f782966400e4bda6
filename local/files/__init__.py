"""An emulator of the REST API of Azure Files: shares, directories and files, durable on disk."""

"""Runspoor on one machine: the Functions host, the emulators and Azurite, all on loopback."""

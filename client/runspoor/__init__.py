"""Runspoor from Python: log from inside a run, or talk to a backend from outside."""

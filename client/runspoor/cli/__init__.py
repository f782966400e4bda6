"""The command ``runspoor``."""

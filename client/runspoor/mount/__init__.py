"""A read-only file system of the files of a dataset or an input: ``python -m runspoor.mount`` serves it.

Linux only, and standard library only. Nothing is copied beforehand: what a program reads is fetched by ranges.
"""

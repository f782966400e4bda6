"""A source folder as a snapshot: which files, what they hold, where they come from, and how they get to the backend."""

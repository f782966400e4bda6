"""The SQL subset: text to syntax tree to one SQLite statement with bound values."""

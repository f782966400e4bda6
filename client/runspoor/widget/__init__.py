"""A run to look at: in a notebook as a picture that follows it, elsewhere as text."""

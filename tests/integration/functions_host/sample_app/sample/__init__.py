"""Functions for every trigger. What they see, they write down as lines of a journal, which the tests read."""

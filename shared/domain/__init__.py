"""What may happen to runs, experiments and compute targets. Pure: no clock, no randomness, no I/O."""

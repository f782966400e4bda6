"""What Runspoor costs, measured in one run and given as ratios: ``python -m bench``."""

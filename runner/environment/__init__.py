"""Making the environment of a run on its node: packages become an archive that all runs share, images a container."""

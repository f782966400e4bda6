"""A run of several processes, on one node or several: started by mpirun, watched by each node's own runner.

See docs/architecture.md, "The contract with a compute node".
"""

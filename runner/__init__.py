"""What runs on a compute node: fetch the snapshot, run the script, ship what it writes, say how it ended.

Standard library only and Python 3.9 syntax, because the node's own ``python3`` decides. See docs/architecture.md,
"The contract with a compute node".
"""

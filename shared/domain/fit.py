"""Whether a compute target can ever run a run. Batch takes a task that it has no nodes for, and keeps it for ever."""

from shared.domain.compute import ComputeSpec
from shared.domain.definition import RunDefinition
from shared.domain.errors import Invalid


def check_fit(definition: RunDefinition, spec: ComputeSpec | None) -> None:
    """``Invalid``, saying how to mend it, when no node, or too few, will ever run it; ``spec``: none on ``local``."""
    if definition.distribution is None:
        return
    if definition.environment.image:
        raise Invalid("The processes of a distribution are started by mpirun of the node, which cannot reach into a "
                      "container: name the packages of the environment instead of an image, or leave out "
                      "'distribution'.")
    most = spec.max_nodes if spec else 1
    if definition.nodes <= most:
        return
    needed = f"The run needs {definition.nodes} nodes at once, and "
    if spec is None:
        raise Invalid(f"{needed}the caller's machine is one: name a compute target, or give fewer 'nodes'.")
    have = "has a single one" if most == 1 else f"has no more than {most}"
    raise Invalid(f"{needed}compute target {definition.compute_target!r} {have}: raise its max_nodes, or give fewer "
                  "'nodes'.")

"""What v1 has and Runspoor has not: the v1 name, and what to do instead (a clause without a full stop).

A class that is not offered covers all its members; a member that is not offered is missing in the subclasses too.
"""

from __future__ import annotations

from collections.abc import Mapping

NOT_OFFERED: Mapping[str, str] = {
    "azureml.core.Workspace.delete": "take the deployment down with the tool that made it",
}

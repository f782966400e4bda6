"""Scripts written for Azure ML SDK v1, unchanged: importing this package makes ``import azureml...`` mean Runspoor.

``runspoor v1 script.py``, ``python -m runspoor.v1 script.py`` and ``import runspoor.v1`` as the first line do the
same; in a run whose compatibility is "azureml-v1" it has happened already. Standard library only.
"""

from __future__ import annotations

import sys

from runspoor.v1.era import EraFinder, patch_loaded
from runspoor.v1.importing import NamesFinder, refuse_a_mixture
from runspoor.v1.running import run_module, run_path

__all__ = ["install", "run_module", "run_path"]

FINDERS = (NamesFinder(), EraFinder())


def install() -> None:
    """Answer for ``azureml`` and for removed names from now on; nothing when that is so already.

    Raises ImportError when parts of the real azureml packages are loaded.
    """
    refuse_a_mixture()
    missing = [finder for finder in FINDERS if finder not in sys.meta_path]
    sys.meta_path[:0] = missing
    if missing:
        patch_loaded()


install()

"""Azure Batch on one machine: the REST API 2025-06-01 over loopback, with tasks run as processes."""

import sys
from types import ModuleType
from typing import cast

# Where a package for IRIs is installed (Jupyter brings one), jsonschema builds its grammar on import: seconds of every
# start, for a format that Batch does not have. None in sys.modules means "not installed".
sys.modules.setdefault("rfc3987_syntax", cast(ModuleType, None))

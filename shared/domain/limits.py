"""Every limit, once. The numbers for names, tags and properties are those Azure ML publishes for runs."""

NAME_CHARACTERS = 255
IDEMPOTENCY_KEY_CHARACTERS = 255
TAGS = 50
TAG_NAME_CHARACTERS = 100
TAG_VALUE_CHARACTERS = 1_000
PROPERTIES = 50
PROPERTY_NAME_CHARACTERS = 100
PROPERTY_VALUE_CHARACTERS = 1_000
DISPLAY_NAME_CHARACTERS = 256
DESCRIPTION_CHARACTERS = 5_000
REASON_CHARACTERS = 1_000
"""Of what a caller says when canceling."""
ERROR_CHARACTERS = 3_000
CODE_CHARACTERS = 100
LAST_LINES = 50
LAST_LINES_BYTES = 8_192
LAST_LINE_CHARACTERS = 1_000
"""Of what is kept of the end of a script's output, in the run itself."""

ARGUMENTS = 1_000
ARGUMENT_CHARACTERS = 32_768
ENVIRONMENT_VARIABLES = 200
ENVIRONMENT_VARIABLE_NAME_CHARACTERS = 255
ENVIRONMENT_VARIABLE_CHARACTERS = 32_768
PROCESS_TEXT_BYTES = 131_071
"""Of one argument, or of a variable with its name and the '=' between: what Linux hands to a process in one piece."""

INPUTS = 200
OUTPUTS = 20
OUTPUT_GLOBS = 100
DATASET_SOURCES = 1_000
DATASET_STEPS = 100
STEP_COUNT = 2**53 - 1
"""Whole numbers that JSON carries everywhere."""
STEP_COLUMNS = 1_000
CONDITIONS, CONDITION_LEVELS = 100, 10
"""Of a filter of rows."""
COLUMN_CHARACTERS = 1_000
COLUMN_FORMATS = 20
PINNED_FILES = 1_000_000
"""Listing them takes 200 calls of storage, which is what one request has time for."""
URL_CHARACTERS = 2_000
CREDENTIAL_CHARACTERS = 2_000
INPUT_FILES_PAGE = 1_000
"""Of the files of an input, each with a URL."""
PACKAGES = 1_000
PACKAGE_CHARACTERS = 2_000
DOCKERFILE_CHARACTERS = 50_000

SNAPSHOT_FILES = 20_000
SNAPSHOT_BYTES = 314_572_800
"""300 MiB, as Azure ML has it."""
MODEL_FILES = 20_000
MODEL_DATASETS = 100
UPLOAD_BYTES = 5_000 * 1024 * 1024
"""Of one file: what Storage takes in one request."""
PATH_CHARACTERS = 900
"""A blob name has 1,024 characters; what stands before the path takes up to 70."""
PATH_PART_BYTES = 255
"""What a file name may have on a node."""

ATTEMPTS = 10
DEFAULT_ATTEMPTS = 3
RUN_SECONDS = 180 * 24 * 3600
"""Batch ends every task after 180 days."""
GRACE_SECONDS = 600
DEFAULT_GRACE_SECONDS = 20
NODES = 100
"""Batch caps a pool with inter-node communication at 100 nodes."""
PROCESSES = 10_000
"""Of one distributed run."""
IDLE_SECONDS = 7 * 24 * 3600
"""The message that asks for the scale-down lives seven days."""
DEFAULT_IDLE_SECONDS = 1_800

SWEEP_RUNS = 1_000
SWEEP_CONCURRENT_RUNS = 100
DEFAULT_SWEEP_SECONDS = 10_080 * 60
"""A week. These three as Azure ML has them."""
SWEEP_ID_CHARACTERS = 52
"""Of the id of a sweep's own run: "_999" goes behind it."""
PARAMETERS = 100
PARAMETER_VALUES = 1_000
"""To choose among, for one parameter."""
REPORTS = 1_000
"""So many of a trial's first reports are what early termination looks at."""

METRIC_NAME_CHARACTERS = 255
METRICS_PER_REQUEST = 1_000
METRIC_POINTS_PER_REQUEST = 10_000
POINTS_PAGE = 1_000
LARGEST_POINTS_PAGE = 100_000
LARGEST_METRICS_PAGE = 10_000
GRANTS_PER_REQUEST = 1_000
BODY_BYTES = 8 * 1024 * 1024
LINEAGE_NODES = 100
"""In each direction."""
LINEAGE_EDGES = 1_000
LINEAGE_DEPTH = 3
LARGEST_LINEAGE_DEPTH = 10
PAGE = 20
LARGEST_PAGE = 100
EVENT_BYTES = 200_000
"""A commit is read with every load of its stream; anything larger belongs in a blob."""

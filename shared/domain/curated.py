"""The environments that are there from the beginning, as data. Their names are Azure ML's, and nobody else's.

Package names carry no versions: what Azure ML pinned under these names does not install on today's Python any more.
"""

from collections.abc import Mapping

from shared.domain.definition import Environment, Packages

PREFIX = "AzureML-"
VERSION = "1"
PLAIN = ("azureml-defaults",)
SCIENCE = ("numpy", "pandas", "scipy", "scikit-learn", "matplotlib", "joblib")
PACKAGES: Mapping[str, tuple[str, ...]] = {
    "AzureML-Minimal": PLAIN,
    "AzureML-Tutorial": (*PLAIN, *SCIENCE, "tqdm"),
    "AzureML-Scikit-learn": (*PLAIN, *SCIENCE),
    "AzureML-PyTorch": (*PLAIN, "numpy", "torch", "torchvision", "tqdm"),
    "AzureML-TensorFlow": (*PLAIN, "numpy", "tensorflow"),
    "AzureML-XGBoost": (*PLAIN, "numpy", "pandas", "scikit-learn", "xgboost"),
    "AzureML-LightGBM": (*PLAIN, "numpy", "pandas", "scikit-learn", "lightgbm"),
}
CURATED: Mapping[str, Environment] = {name: Environment(packages=Packages(pip=pip)) for name, pip in PACKAGES.items()}


def is_reserved(name: str) -> bool:
    """Whether the name is one that only Runspoor itself may give."""
    return name.lower().startswith(PREFIX.lower())

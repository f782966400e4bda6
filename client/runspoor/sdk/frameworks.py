"""Estimators that bring a framework along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from runspoor.sdk.estimator import TENSORFLOW_ONLY, Estimator
from runspoor.sdk.estimator_options import Options, parameters


class FrameworkEstimator(Estimator):
    """An estimator with the packages of a framework: the newest there are, or those of ``framework_version``.

    v1 pins the versions of its time, which have no builds for today's Python; so nothing is pinned unasked.
    """

    FRAMEWORK_NAME: ClassVar[str] = ""
    DEFAULT_VERSION: ClassVar[str] = ""

    _versions: ClassVar[Sequence[str]] = ()
    _package: ClassVar[str] = ""
    _more: ClassVar[Sequence[str]] = ()
    _for_gpu: ClassVar[Sequence[str]] = ()

    @classmethod
    def get_supported_versions(cls) -> list[str]:
        """The versions that v1 offers; any other that the package index has may be asked for as well."""
        return list(cls._versions)

    @property
    def framework_version(self) -> str | None:
        """As asked for; None: the newest there is."""
        return self._framework_version

    def _packages(self, options: Options) -> list[str]:
        self._framework_version = options.framework_version
        return [_pinned(self._package, options.framework_version), *self._more,
                *(self._for_gpu if options.use_gpu else ())]


@parameters(without=(*TENSORFLOW_ONLY, "node_count", "process_count_per_node", "distributed_backend",
                     "distributed_training", "use_gpu", "custom_docker_base_image", "source_directory_data_store"))
class SKLearn(FrameworkEstimator, v1="azureml.train.sklearn.SKLearn"):
    """A script that uses scikit-learn."""

    FRAMEWORK_NAME = "SKLearn"
    DEFAULT_VERSION = "0.20.3"
    _versions = ("0.20.3",)
    _package = "scikit-learn"


@parameters(without=TENSORFLOW_ONLY)
class PyTorch(FrameworkEstimator, v1="azureml.train.dnn.PyTorch"):
    """A script that uses PyTorch."""

    FRAMEWORK_NAME = "PyTorch"
    DEFAULT_VERSION = "1.4"
    _versions = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6")
    _package = "torch"
    _more = ("torchvision", "tensorboard")


@parameters(without=())
class TensorFlow(FrameworkEstimator, v1="azureml.train.dnn.TensorFlow"):
    """A script that uses TensorFlow."""

    FRAMEWORK_NAME = "TensorFlow"
    DEFAULT_VERSION = "1.13"
    _versions = ("1.10", "1.12", "1.13", "2.0", "2.1", "2.2", "2.3")
    _package = "tensorflow"


@parameters(without=TENSORFLOW_ONLY)
class Chainer(FrameworkEstimator, v1="azureml.train.dnn.Chainer"):
    """A script that uses Chainer."""

    FRAMEWORK_NAME = "Chainer"
    DEFAULT_VERSION = "5.1.0"
    _versions = ("5.1.0", "7.0.0")
    _package = "chainer"
    _for_gpu = ("cupy",)


def _pinned(package: str, version: str | None) -> str:
    """``torch==1.4.*``: v1's versions often have two parts, and mean the last release of them."""
    if not version:
        return package
    return f"{package}=={version}" if version.count(".") > 1 else f"{package}=={version}.*"

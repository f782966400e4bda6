"""Names of packages that mean something else here, as data."""

from __future__ import annotations

STANDS_IN = "Runspoor stands in for it"
# What an azureml package brought along that scripts import although they never asked for it by name. All other
# packages whose name begins with azureml bring nothing: Runspoor stands in for them.
BROUGHT_BY_AZUREML = {
    "azureml-dataprep[pandas]": ("pandas", "pyarrow"),
    "azureml-dataprep[parquet]": ("pyarrow",),
    "azureml-dataprep[pyarrow]": ("pyarrow",),
    "azureml-dataset-runtime": ("pyarrow",),
    "azureml-dataset-runtime[pandas]": ("pandas",),
    "azureml-mlflow": ("mlflow-skinny",),
}
# These brought pyarrow too, and nearly every environment names one of them. Scripts use it by reading a table as a
# DataFrame; so it is installed where pandas is, and an environment without pandas is spared a download of 40 MB.
BROUGHT_TO_PANDAS = {"azureml-defaults": "pyarrow", "azureml-sdk": "pyarrow"}
# Hosts of package indexes that v1's own specifications name and that serve nothing any more.
GONE_INDEXES = ("azuremlsdktestpypi.azureedge.net", "pypi.python.org")

# Where a package has one name with conda and another on PyPI.
PIP_NAMES = {
    "dask-core": "dask",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "opencv": "opencv-python-headless",
    "py-lightgbm": "lightgbm",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost",
    "pyqt": "PyQt5",
    "pytables": "tables",
    "python-graphviz": "graphviz",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "ray-core": "ray",
    "ray-default": "ray[default]",
    "ruamel-yaml": "ruamel.yaml",
    "seaborn-base": "seaborn",
    "tensorflow-base": "tensorflow",
    "torchvision-cpu": "torchvision",
    "xgboost-cpu": "xgboost",
}
# What conda installs and pip cannot: programs and libraries that are no Python packages.
NOT_PYTHON = frozenset({
    "arrow-cpp", "blas", "boost-cpp", "bzip2", "c-compiler", "ca-certificates", "cairo", "compilers", "cpuonly",
    "cuda", "cuda-nvcc", "cuda-runtime", "cuda-toolkit", "cudatoolkit", "cudatoolkit-dev", "cudnn", "curl",
    "cxx-compiler", "ffmpeg", "fftw", "fortran-compiler", "freetype", "gcc", "gcc-linux-64", "gdal-bin", "geos",
    "git", "glib", "graphviz", "gxx", "gxx-linux-64", "hdf5", "icu", "intel-openmp", "jpeg", "krb5",
    "ld-impl-linux-64", "libblas", "libcblas", "libcurl", "libffi", "libgcc", "libgcc-ng", "libgfortran-ng",
    "libgomp", "liblapack", "libpng", "libprotobuf", "libsndfile", "libstdcxx-ng", "libtiff", "libxgboost",
    "libxml2", "llvm-openmp", "magma-cuda", "make", "mkl", "mpi", "mpich", "nccl", "ncurses", "nodejs", "nomkl",
    "openblas", "openjdk", "openmp", "openmpi", "openssl", "proj", "pytorch-cuda", "pytorch-mutex", "r-base",
    "readline", "sqlite", "tk", "unixodbc", "wget", "xz", "zlib", "zstd",
})
# In every environment anyway.
PART_OF_EVERY = frozenset({"pip", "python"})

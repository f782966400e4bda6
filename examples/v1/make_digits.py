"""Write scikit-learn's digits as the four files of MNIST: ``python make_digits.py FOLDER``."""

import gzip
import struct
import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TRAINING_IMAGES = 1500
BRIGHTEST = 16
IMAGES, LABELS = 0x803, 0x801
"""The magic numbers of IDX files: unsigned bytes in three dimensions, and in one."""


def idx(magic: int, values: np.ndarray) -> bytes:
    """``values`` as a compressed IDX file."""
    header = struct.pack(f">I{values.ndim}I", magic, *values.shape)
    return gzip.compress(header + values.astype(np.uint8).tobytes())


def main(folder: Path) -> None:
    digits = load_digits()
    images = digits.images * 255 // BRIGHTEST
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in (("train", slice(TRAINING_IMAGES)), ("t10k", slice(TRAINING_IMAGES, None))):
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(idx(IMAGES, images[part]))
        (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(idx(LABELS, digits.target[part]))
    print(f"{len(images)} digits in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

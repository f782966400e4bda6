"""Reading the files of MNIST."""

import gzip
import struct

import numpy as np


def read_idx(path):
    """A compressed IDX file of unsigned bytes: one row per image or label."""
    with gzip.open(path) as stream:
        dimensions = stream.read(4)[3]
        shape = struct.unpack(">" + "I" * dimensions, stream.read(4 * dimensions))
        return np.frombuffer(stream.read(), dtype=np.uint8).reshape(shape[0], -1)

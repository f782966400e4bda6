"""Load the model of a run, and read a few digits with it: ``python predict.py model.joblib``."""

import sys

import joblib
import numpy as np
from sklearn.datasets import load_digits

SHADES = " .:-=+*#%@"
SHOWN = (3, 14, 25, 36)
LEAST_ACCURACY = 0.9


def main(path: str) -> int:
    digits = load_digits()
    predicted = joblib.load(path).predict(digits.data)
    pictures = [drawn(digits.images[number]) for number in SHOWN]
    for lines in zip(*pictures, strict=True):
        print("   ".join(lines))
    print("   ".join(f"{f'reads as {predicted[number]}':<16}" for number in SHOWN))
    accuracy = float(np.mean(predicted == digits.target))
    print(f"\n{accuracy:.1%} of all {len(digits.target)} images are read right.")
    return 0 if accuracy > LEAST_ACCURACY else 1


def drawn(image: np.ndarray) -> list[str]:
    """8 lines of 16 characters for 8 by 8 brightnesses from 0 to 16."""
    return ["".join(SHADES[int(value * 9 / 16)] * 2 for value in row) for row in image]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

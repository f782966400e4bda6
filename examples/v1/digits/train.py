"""Train a classifier of digits, as scripts of 2019 did: with names that today's libraries no longer have."""

import argparse
import glob
import os

import numpy as np
from azureml.core import Run
from mnist import read_idx
from sklearn.externals import joblib
from sklearn.linear_model import LogisticRegression

parser = argparse.ArgumentParser()
parser.add_argument("--data", help="folder with the files of MNIST")
parser.add_argument("--strength", type=float, default=0.1, help="of the regularization")
args = parser.parse_args()


def load(part, kind):
    (path,) = glob.glob(os.path.join(args.data, "**", f"{part}-{kind}-idx*-ubyte.gz"), recursive=True)
    return read_idx(path)


run = Run.get_context()
x_train, y_train = load("train", "images") / 255.0, load("train", "labels").ravel()
x_test, y_test = load("t10k", "images") / 255.0, load("t10k", "labels").ravel()
print("Learning from", len(x_train), "images, testing with", len(x_test))

classifier = LogisticRegression(C=1.0 / args.strength, multi_class="auto", max_iter=500)
classifier.fit(x_train, y_train)
accuracy = np.float(classifier.score(x_test, y_test))
print("Accuracy", accuracy)

run.log("regularization", np.float(args.strength))
run.log("accuracy", accuracy)
run.log_list("right per digit", [np.float(classifier.score(x_test[y_test == n], y_test[y_test == n]))
                                 for n in range(10)])
os.makedirs("outputs", exist_ok=True)
joblib.dump(classifier, "outputs/digits.pkl")

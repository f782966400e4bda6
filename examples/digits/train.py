"""Train a classifier of handwritten digits, and leave what a training run leaves: metrics, a report, and a model."""

import argparse
import json
from pathlib import Path

import joblib
import numpy as np
import runspoor
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, log_loss, precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

BATCHES = 40
LEARNING_RATE = 0.001


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regularization", type=float, default=0.001, help="strength of the L2 penalty")
    parser.add_argument("--epochs", type=int, default=12, help="passes over the training data")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    outputs = Path("outputs")
    outputs.mkdir(exist_ok=True)

    digits = load_digits()
    x_train, x_test, y_train, y_test = train_test_split(
        digits.data, digits.target, test_size=0.25, stratify=digits.target, random_state=options.seed
    )
    print(f"{len(x_train)} images to learn from, {len(x_test)} to test with", flush=True)
    scaler = StandardScaler().fit(x_train)
    classifier = SGDClassifier(loss="log_loss", alpha=options.regularization, learning_rate="constant",
                               eta0=LEARNING_RATE, random_state=options.seed)
    train(classifier, scaler.transform(x_train), y_train, scaler.transform(x_test), y_test, options.epochs)

    model = Pipeline([("scale", scaler), ("classify", classifier)])
    accuracy = float(accuracy_score(y_test, model.predict(x_test)))
    report_classes(y_test, model.predict(x_test), outputs / "report.json")
    joblib.dump(model, outputs / "model.joblib")
    runspoor.log("accuracy", accuracy)
    runspoor.log("regularization", options.regularization)
    runspoor.tag("model", "sgd")
    print(f"accuracy {accuracy:.4f} with regularization {options.regularization}", flush=True)


def train(classifier: SGDClassifier, x_train: np.ndarray, y_train: np.ndarray, x_test: np.ndarray, y_test: np.ndarray,
          epochs: int) -> None:
    """Learn in passes over the data, logging each."""
    order = np.random.default_rng(0)
    curve = []
    for epoch in range(1, epochs + 1):
        for batch in np.array_split(order.permutation(len(x_train)), BATCHES):
            classifier.partial_fit(x_train[batch], y_train[batch], classes=np.arange(10))
        loss = float(log_loss(y_test, classifier.predict_proba(x_test)))
        curve.append(float(classifier.score(x_test, y_test)))
        runspoor.log("loss", loss, step=epoch)
        print(f"epoch {epoch:2d}  loss {loss:6.4f}  accuracy {curve[-1]:.4f}", flush=True)
    runspoor.log_list("learning_curve", curve)


def report_classes(truth: np.ndarray, predicted: np.ndarray, path: Path) -> None:
    """One row per digit: as a metric, and as a file."""
    columns = precision_recall_fscore_support(truth, predicted, zero_division=0)
    rows = [{"digit": digit, "precision": float(p), "recall": float(r), "f1": float(f), "images": int(n)}
            for digit, (p, r, f, n) in enumerate(zip(*columns, strict=True))]
    for row in rows:
        runspoor.log_row("digits", **row)
    path.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()

"""The demo: a training run from its source folder to a model that predicts, over the public HTTP surface."""

"""Imported once by the fork server: what every lesson would otherwise import for itself, some six seconds each."""

import gc
import os

gc.disable()  # nothing of this is garbage, and looking for it costs a quarter of the time

# Before torch is imported: the models are tiny, and the lessons already run one to a core.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot
import sklearn.datasets
import sklearn.linear_model
import torch
import torch._dynamo  # what the first optimizer of a process imports

gc.freeze()  # the lessons' processes share these objects, and need not look through them either

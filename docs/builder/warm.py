"""Imported once by the fork server: what every lesson would otherwise import for itself, some six seconds each."""

import os

# Before torch is imported: the models are tiny, and the lessons already run one to a core.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot
import sklearn.datasets
import sklearn.linear_model
import torch
import torch._dynamo  # what the first optimizer of a process imports

"""Helpers for torch and Lightning: weights, finished experiments, metrics of a training."""

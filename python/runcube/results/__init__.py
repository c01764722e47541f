"""Gathering: from the jobs on disk to datasets and tables."""

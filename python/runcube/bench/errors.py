"""Why a bench cannot be run, or says nothing."""


class BenchError(Exception):
    """A bench that cannot be run; its text says why, and what would work."""


class DifferentDatasetsError(BenchError):
    """Contenders disagree about the numbers, so that their times mean nothing."""

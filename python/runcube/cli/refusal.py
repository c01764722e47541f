"""What a verb raises to end the command with one line."""


class Refusal(Exception):  # noqa: N818  not a failure of ours: the answer to a request
    """A request that cannot be met; its text says why, and what would work."""

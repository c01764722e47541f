"""The rows of the report, a file for each kind of work."""

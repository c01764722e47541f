"""The command `runcube`: one file for each group of verbs."""

"""Turn runs into a cube."""

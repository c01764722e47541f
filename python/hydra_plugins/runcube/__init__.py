"""Plugins that Hydra finds: thin classes only, since every Hydra app imports this."""

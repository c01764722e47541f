"""Where random numbers come from: a place is a function of what it is for, never of the past.

A generator is found from (seed, purpose, number), by Philox: the first two give its key, the
number its counter. So the draw for config 7 of option `lr` is the same whoever asks for it, in
whatever order, and however the domain around it is built.
"""

from __future__ import annotations

import functools
import hashlib

import numpy as np

# Each number has 2**64 blocks of Philox's counter to itself.
_BLOCKS = 64
_SEEDS = 1 << 32  # what numpy's older generators, torch and Lightning all take


@functools.lru_cache(maxsize=1024)
def _key(seed: int, purpose: str) -> int:
    digest = hashlib.blake2b(f"{seed}\0{purpose}".encode(), digest_size=16).digest()
    return int.from_bytes(digest, "little")


def generator_for(seed: int, purpose: str, number: int) -> np.random.Generator:
    """
    Give the generator of one place, at its start.

    Examples
    --------
    >>> generator_for(0, "lr", 7).random() == generator_for(0, "lr", 7).random()
    True
    >>> generator_for(0, "lr", 7).random() == generator_for(0, "lr", 8).random()
    False
    """
    philox = np.random.Philox(key=_key(seed, purpose), counter=number << _BLOCKS)
    return np.random.Generator(philox)


def seed_of_repetition(seed: int, repetition: int) -> int:
    """
    Give the seed that a repetition has for its own: the same for every config, below 2**32.

    Examples
    --------
    >>> seed_of_repetition(0, 1) == seed_of_repetition(0, 2)
    False
    """
    return _key(seed, f"repetition {repetition}") % _SEEDS

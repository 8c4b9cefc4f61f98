"""Chance that is the same every time: a fraction drawn from a seed and a name, whatever was drawn before."""

from __future__ import annotations

from hashlib import blake2b


def fraction(*name: object) -> float:
    """Return a fraction of [0, 1) that depends on `name` alone, evenly spread.

    A running generator would make a request's fate depend on which requests came before it; a hash does not.
    """
    digest = blake2b("/".join(map(str, name)).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 2**56

"""What the system must allow a command, asked before it begins: amid a purchase is no time to find out."""

from __future__ import annotations

from contextlib import suppress

from batch.errors import UsageError

FILES = 64
"""Files that a command has open at once, but for its connections: twice what was measured."""
MEMORY = 512 << 20
"""Bytes of address space below which not even the libraries load: what was measured, and a third more."""


def require_files(connections: int) -> None:
    """Let `connections` and what else is needed be open at once. Raises UsageError where the system forbids that."""
    try:
        import resource  # noqa: PLC0415 - POSIX only
    except ImportError:
        return
    needed = FILES + connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise UsageError(
            f"only {hard} files may be open at once, and {needed} are needed",
            remedy="Raise the limit (`ulimit -n`, or LimitNOFILE of a systemd unit), or give fewer --workers.",
        )
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def require_memory() -> None:
    """Raise UsageError where the system allows less memory than reading an order takes."""
    try:
        import resource  # noqa: PLC0415 - POSIX only
    except ImportError:
        return
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    if allowed != resource.RLIM_INFINITY and allowed < MEMORY:
        raise UsageError(
            f"only {allowed >> 20} MB of address space are allowed, and {MEMORY >> 20} are needed",
            remedy="Raise the limit: `ulimit -v`, or LimitAS of a systemd unit.",
        )

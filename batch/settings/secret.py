"""A password that shows in no repr, no format and no traceback of a dataclass."""

from __future__ import annotations

from typing import final

from typing_extensions import override


@final
class Secret:
    """Holds a password; `reveal` is the only way to it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The password itself: for the request's form, and nothing else."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    @override
    def __repr__(self) -> str:
        return "Secret('***')"

    @override
    def __str__(self) -> str:
        return "***"

    @override
    def __reduce__(self) -> str:
        raise TypeError("a secret is never stored")

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from batch.settings.load import Surroundings, load
from batch.settings.model import Settings

Loads = Callable[..., Settings]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user's config directory."""
    path = tmp_path / "home" / "config"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The working directory."""
    path = tmp_path / "here"
    path.mkdir()
    return path


@pytest.fixture
def loads(home: Path, here: Path, tmp_path: Path) -> Loads:
    """Load settings as in a process with these flags, variables and files."""

    def loads_(
        flags: Mapping[str, object] | None = None,
        environ: Mapping[str, str] | None = None,
        *,
        file: str | None = None,
        system: str | None = None,
        working: str | None = None,
        **options: object,
    ) -> Settings:
        for text, folder in ((file, home), (system, tmp_path / "system"), (working, here)):
            if text is not None:
                folder.mkdir(exist_ok=True)
                (folder / "numbatch.toml").write_text(text)
                (folder / "numbatch.toml").chmod(0o600)
        standard = (home / "numbatch.toml", tmp_path / "system" / "numbatch.toml")
        around = Surroundings(environ or {}, here, standard)
        return load(flags or {}, around, **options)

    return loads_

"""Files that a company may change: where they are, in an installed wheel and in a checkout alike.

A wheel carries them inside the package (`batch/templates/`), a checkout beside it (`templates/`), where an editable
install finds nothing inside the package.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from batch.errors import NumbatchError


def template_path(name: str, *, package: Path | None = None) -> Path:
    """The template called `name`. `package` is the package's directory, by default the one that runs.

    Raises `NumbatchError` where the installation lacks it.
    """
    home = Path(str(files("batch"))) if package is None else package
    for folder in (home / "templates", home.parent / "templates"):
        if (folder / name).is_file():
            return folder / name
    raise NumbatchError(f"the template {name} is missing from this installation", remedy="Install numbatch again.")

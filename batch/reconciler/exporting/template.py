"""A template of the user's own, in Jinja2: sandboxed, with the run's numbers and nothing else to reach.

It sees `run` (name, created), `account`, `environment`, `fields` (the provider's names), `columns` (the user's headers) and `numbers`,
each with `number`, `e164`, `status`, `country`, `row`, `fields` and `own`. No file, no network: templates can't include or import
others, and attributes that lead out of the data are refused. HTML and XML are escaped; the filter `csv` quotes a cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from batch.errors import UsageError
from batch.ledger.records import LedgerKey
from batch.reconciler.exporting.formats import harmless
from batch.reconciler.exporting.held import Holding

_LARGEST = 1 << 20
_ENDINGS = frozenset({".j2", ".jinja", ".jinja2", ".tmpl", ".template"})
"""What the names of templates end in, behind the ending of what they make."""
_MARKUP = frozenset({".html", ".htm", ".xhtml", ".xml", ".svg"})
_NAME = "template"


def made_suffix(template: Path) -> str:
    """The ending of what a template makes: `.xml` of `routes.xml.j2`, `.txt` where it does not say."""
    name = Path(template.stem) if template.suffix.lower() in _ENDINGS else template
    return name.suffix.lower() or ".txt"


@dataclass(frozen=True, slots=True)
class Filling:
    """A template that was read, and understood."""

    path: Path
    _template: Any

    def pieces(self, holding: Holding, key: LedgerKey, fields: Sequence[str]) -> Iterator[str]:
        """The text that it makes, in pieces. Raises UsageError, which names the line, where it can't be made."""
        try:
            yield from self._template.generate(**_told(holding, key, fields))
        except Exception as error:  # noqa: BLE001 - a template may raise whatever Python can: each is a mistake in it
            raise _mistake(self.path, error, _line_of(error.__traceback__)) from None


def read_template(path: Path) -> Filling:
    """The template in the file at `path`. Raises UsageError where it can't be read, or is no template: with the line."""
    import jinja2  # noqa: PLC0415 - only for templates
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"the template {path} can't be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the template {path} is not UTF-8", remedy="Save it as UTF-8.") from None
    if len(raw) > _LARGEST:
        raise UsageError(f"{path} is too large for a template")
    around = ImmutableSandboxedEnvironment(
        autoescape=made_suffix(path) in _MARKUP,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    around.filters["csv"] = _cell
    try:
        return Filling(path, around.from_string(text))
    except jinja2.TemplateSyntaxError as error:
        raise _mistake(path, error, error.lineno) from None
    except RecursionError as error:
        raise _mistake(path, error, None) from None


def _told(holding: Holding, key: LedgerKey, fields: Sequence[str]) -> Mapping[str, object]:
    numbers = [
        {
            "number": one.number,
            "e164": one.e164,
            "status": one.status,
            "country": one.country,
            "row": one.row,
            "fields": {name: one.fields.get(name, "") for name in fields},
            "own": dict(one.own),
        }
        for one in holding.numbers
    ]
    return {
        "run": {"name": holding.run.name, "created": holding.run.created},
        "account": key.account,
        "environment": key.environment.value,
        "fields": list(fields),
        "columns": list(holding.headers),
        "numbers": numbers,
    }


def _cell(value: object) -> str:
    """A cell of a CSV: quoted where it must be, and never a formula."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([harmless(str(value))])
    return text.getvalue()


def _line_of(trace: TracebackType | None) -> int | None:
    """The template's line in a traceback: of its innermost frame there."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == f"<{_NAME}>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _mistake(path: Path, error: Exception, line: int | None) -> UsageError:
    where = f"{path}, line {line}" if line is not None else str(path)
    words = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, TypeError) and "no loader" in words:
        words = "a template can't include, import or extend others"
    return UsageError(
        f"{where}: {words}",
        remedy="It sees run, account, environment, fields, columns and numbers, each with number, e164, status, country, row, "
        "fields and own.",
    )

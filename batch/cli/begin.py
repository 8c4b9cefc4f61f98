"""What every command does first: how much is said, and which settings hold."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from batch.cli import logs
from batch.cli.options import CONFIG, Bounds, Common, Config, Pace, Reading, Which, settings_of
from batch.cli.output import is_terminal
from batch.settings.load import Surroundings, load
from batch.settings.model import Settings


@dataclass(frozen=True, slots=True)
class Begun:
    """A command that has begun: what was asked of every command, the settings, and the environment they came from."""

    common: Common
    settings: Settings
    environ: Mapping[str, str] = field(repr=False)

    @property
    def quiet(self) -> bool:
        """Nothing is said on success."""
        return self.common.quiet


def begin(common: Common) -> None:
    """Set up logs as they were asked for."""
    if common.verbose:
        least = logs.Level.DEBUG
    elif common.quiet:
        least = logs.Level.ERROR
    else:
        least = logs.Level.WARNING if is_terminal(sys.stderr) else logs.Level.INFO
    logs.configure(as_json=common.log_format == "json", least=least)


def begin_with_settings(
    common: Common,
    config: Config = CONFIG,
    *groups: Reading | Pace | Bounds,
    needs_account: bool = True,
    more: Mapping[str, object] | None = None,
) -> Begun:
    """Set up logs and find the settings: `config` and `groups` hold the flags, `more` further ones."""
    begin(common)
    which = (config,) if isinstance(config, Which) else ()
    flags = {**settings_of(*which, *groups), **(more or {})}
    settings = load(flags, Surroundings.here(), config=config.config, needs_account=needs_account)
    for path in settings.files:
        logs.log(logs.Level.DEBUG, "settings file", path=str(path))
    return Begun(common, settings, dict(os.environ))

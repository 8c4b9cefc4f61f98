"""MultiTEL's JSON API as a `Provider`: `adapter.MultiTel` buys, asks and looks up.

`fields` (with `checks`, `rules` and `complaints`) and `codes` are its tables and import no HTTP; `answers` judges what comes
back, without I/O; `transport` alone opens connections, and `faults` says what a broken one means. Nothing is imported here,
so that a check of a workbook does not pay for aiohttp.
"""

"""MultiTEL's JSON API as a `Provider`: `MultiTel` in `adapter` buys, asks and looks up.

`fields` and `codes` are its tables; `answers` judges what comes back, without I/O; `transport` is the only module here that
opens a connection.
"""

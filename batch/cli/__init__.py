"""The command line: one file a command in `commands`, each with its options, its example and the exit code it returns.

Promise: logs and progress on stderr, what was asked for on stdout, the contract's exit codes, no traceback. It puts the
rooms together and knows nothing of HTTP, SQL or spreadsheets itself.
"""

"""What runs in the child process: bytes that are not ours into cells, under limits, with an empty environment.

Promise: reads the file it is handed (its standard input) and nothing else, and answers in lines of JSON; whatever the bytes
are, the answer is cells or a refusal by name. May import the standard library and python-calamine, and no other room.
"""

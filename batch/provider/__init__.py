"""The only room that speaks HTTP: the `Provider` protocol, one package an adapter, and the simulator.

Promise: a purchase is sent at most once a call, by POST, and its answer is an outcome of `protocol`, never an exception
and never a guess. Imports the shared nouns only.
"""

"""What a run bought, as others take it: each format in a module of its own, that names what it is written after."""

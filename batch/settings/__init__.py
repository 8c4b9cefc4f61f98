"""Where a setting is found (`places`, `files`), how it is converted (`convert`), and what there is to set (`model`).

Promise: flags, then NUMBATCH_… variables, then the settings file, then what a `numbatch.toml` in the working directory may
add; every complaint names the setting and where it stands. `load` puts them together; `credentials` finds a password, which
is bound to the host that it is for and shows in no repr. Imports the nouns of the rooms below, and none of their I/O.
"""

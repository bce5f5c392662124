"""Other actor runtimes: find, build and run their harnesses, and check their answers."""

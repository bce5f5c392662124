"""Judge a run against a baseline and report the verdict to CI."""

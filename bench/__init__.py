"""Side by side, in one run: every figure is a ratio against a peer or a limit, medians of several rounds."""

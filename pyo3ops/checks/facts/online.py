"""Facts that only the network knows, asked for by `--online` alone."""

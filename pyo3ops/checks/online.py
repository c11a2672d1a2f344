"""What only the network knows; asked for by `--online` alone, and never more than a warning."""

"""Where the time goes: samples, folding, layers, flame graphs."""

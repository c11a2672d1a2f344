"""From the fixes of findings to the commands that fit this machine."""

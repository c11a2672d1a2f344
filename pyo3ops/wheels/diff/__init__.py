"""Two sets of files of one project, the older and the newer: what users lose, gain and are asked for."""

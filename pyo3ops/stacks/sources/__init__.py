"""Live processes and cores, one adapter a debugger: each gives a `Raw`, or says why it cannot."""

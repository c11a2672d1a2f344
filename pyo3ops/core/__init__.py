"""What everything else stands on: types, the one door to other programs, errors, configuration, the project."""

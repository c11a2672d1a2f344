"""The planned wheels of several projects, built side by side into one folder."""

"""One file a text or XML format: from what a tool prints to frames."""

"""VS Code's launch.json and tasks.json for a session in both languages; what a user wrote there stays as it is."""

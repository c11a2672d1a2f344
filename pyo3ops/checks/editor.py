"""Editors, where the project has settings for one."""

"""`python -m production_deployment` is the command."""

from production_deployment.cli import entry

entry()

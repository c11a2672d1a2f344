"""The verbs as functions: a project and a request in, a report out."""

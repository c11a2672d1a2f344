"""The validator: a table of rules, the facts they judge, and the engine that runs both."""

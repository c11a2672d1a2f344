"""Memory that an extension loses or touches wrongly: records of detectors, and whose they are."""

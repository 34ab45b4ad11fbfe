"""The contracts as others read them: JSON Schemas, an AsyncAPI document, and what may not change any more."""

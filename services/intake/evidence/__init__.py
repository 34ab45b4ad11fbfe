"""Evidence 证据: photos, recordings and documents that show what an issue is about."""

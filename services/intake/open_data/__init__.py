"""Open data: what is published, as a file a day."""

"""Issues 诉求: from first word to rating."""

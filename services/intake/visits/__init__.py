"""Home visits 入户走访."""

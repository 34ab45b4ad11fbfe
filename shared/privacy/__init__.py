"""Personal data: sealed under the key of the person it is about before it reaches the log, and opened at the edge."""

"""The command line, the embedded servers and the demonstration."""

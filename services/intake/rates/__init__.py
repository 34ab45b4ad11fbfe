"""The figures 三率."""

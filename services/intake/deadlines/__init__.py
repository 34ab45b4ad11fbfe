"""Deadlines 办理时限 in working hours."""

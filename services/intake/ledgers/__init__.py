"""Ledgers 台账 in Excel, out and in."""

"""The project's own package: the log and what derives from it, the contracts, and what every service needs."""

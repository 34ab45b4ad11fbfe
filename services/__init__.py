"""The services. None imports another; each is wired by its own `__init__.py`."""

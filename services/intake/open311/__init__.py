"""Open311 GeoReport v2: the standard by which other systems report issues and ask how far they are."""

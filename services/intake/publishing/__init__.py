"""What is public of an issue 公示: the community's own words of it, and how far it is."""

"""Replays the scenario's stories through the services' public APIs, as the people in them would have used them."""

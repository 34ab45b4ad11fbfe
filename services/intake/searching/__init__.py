"""Issues found by words, place, person, state, category and date."""

"""System calls by name and number, and the filter that denies some of them to a box."""

"""A run: begin and resume, the loop, its budget, retries, and which record counts."""

"""The rules: each a small function from evidence to a ruling. What decides is in its constants."""

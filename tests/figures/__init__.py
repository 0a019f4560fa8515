"""Figures: what a reader sees of them."""

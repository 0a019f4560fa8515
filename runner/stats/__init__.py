"""Intervals, spread and growth laws: pure, without a word about servers."""

"""Fuzzing what reads foreign bytes: replies, frames, and the command line."""

"""The fleet against servers that are honest, and servers that lie."""

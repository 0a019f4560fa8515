"""Folders that are odd and honest, and folders that are hostile: both engines answer them alike."""

"""Shared by the engine and the images: the daemon, a container's streams, the owner's labels."""

"""What the engine and the images share: the daemon, a container's streams, the owner's labels."""

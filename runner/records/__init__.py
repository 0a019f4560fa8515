"""What a trial yields: typed values and their JSON."""

"""Where a box runs: docker or process. This room knows boxes, and no I/O model."""

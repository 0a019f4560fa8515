"""What a server was seen to do, from the record of a system-call tracer. Pure."""

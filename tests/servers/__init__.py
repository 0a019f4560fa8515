"""Own servers: what `servers` of a spec names, run and judged on real engines."""

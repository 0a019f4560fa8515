"""Many hosts: addresses, the spreading of a plan, lost hosts, real workers."""

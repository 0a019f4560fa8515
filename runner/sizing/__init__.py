"""How far one host goes, and how many hosts a number of connections takes, from what was measured
on one host. Pure."""

"""How far one host goes, and how many hosts a number of connections takes."""

"""The wheel, the sdist, and what a user does with the installed command."""

"""What can go wrong around a run, made to go wrong: nothing measured is lost, the rest is run."""

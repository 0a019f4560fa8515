"""What every lab must keep: the contract, over all of them, and what is one lab's own; the form."""

"""What every lab must keep: the contract (test_conformance) and the form (test_style)."""

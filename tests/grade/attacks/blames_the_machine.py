"""An excuse that would cost no points.

Expect: fails
"""

import sys

print('MISSING what=uvloop remedy="::error::pip install uvloop"', flush=True)
sys.exit(77)

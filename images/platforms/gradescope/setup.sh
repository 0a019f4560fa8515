#!/bin/sh
# Gradescope builds its image with this, from the unpacked autograder.zip.
exec sh "$(dirname "$0")/images/platforms/install"

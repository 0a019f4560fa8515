"""The lab's images: what they are made of, and their building, listing and removal.

An image's tag is a hash of all that it is made of. So a tag that exists is current by definition,
and nothing is ever rebuilt without need or used when outdated.
"""

from runner.engine.images.build import ensure
from runner.engine.images.content import Image, image_of, programs_of
from runner.engine.images.image_list import Row, listing, remove, write_env

__all__ = ["Image", "Row", "ensure", "image_of", "listing", "programs_of", "remove", "write_env"]

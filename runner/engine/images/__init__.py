"""The lab's images: content, building, listing and removal.

An image's tag is a hash of all its inputs. So a tag that exists is current by definition, and no
image is rebuilt without need or used when outdated.
"""

from runner.engine.images.build import ensure
from runner.engine.images.content import Image, image_of, programs_of
from runner.engine.images.image_list import Row, listing, remove, write_env

__all__ = ["Image", "Row", "ensure", "image_of", "listing", "programs_of", "remove", "write_env"]

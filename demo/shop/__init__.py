"""A small shop of our own: pages from a server of the standard library, some of them driven by scripts.

``Shop`` runs one in this process, ``python -m demo.shop`` in its own. Nothing is kept when it stops.
"""

from demo.shop.server import Shop

__all__ = ["Shop"]

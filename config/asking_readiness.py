"""``python -m config.asking_readiness``: exit 0 where the web server of this container is ready, else 1.

For health checks in an image that has neither curl nor a shell to be relied on.
"""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException


def is_ready(port: int) -> bool:
    """Whether ``/readyz`` on the loopback answers 200."""
    asking = HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        asking.request("GET", "/readyz")
        return asking.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        asking.close()


if __name__ == "__main__":
    sys.exit(0 if is_ready(int(os.environ.get("SPECWARD_WEB_BIND", ":8000").rpartition(":")[2])) else 1)

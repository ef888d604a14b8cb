"""``python -m ogcproc`` is the command ``ogcproc``, wherever the package was vendored to."""

import sys

from .cli import main

sys.exit(main())

"""The example is imported from its own folder, as a program that is run there would."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

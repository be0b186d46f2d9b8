"""The installed Chromium, for the browser tests and for the pictures."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str:
    """$CHROMIUM, or the first of the usual names on the PATH. Raises `FileNotFoundError` with what to do."""
    asked = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, (asked,) if asked else NAMES)), None)
    if found is None:
        missing = f"CHROMIUM names {asked}, and no program is there" if asked else "No Chromium is on the PATH"
        raise FileNotFoundError(f"{missing}: install it (apt-get install chromium), or set CHROMIUM=/path/to/it.")
    return found

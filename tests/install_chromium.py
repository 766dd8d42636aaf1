"""Installs Debian's Chromium for the browser tests if it is missing and can be. Never fails a run, except in CI.

Run by `make test`. Says what it does; says loudly when the browser tests will be skipped.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """Return the path of an installed Chromium or Chrome."""
    chosen = os.environ.get("JACANA_TEST_CHROMIUM")
    return chosen or next((path for name in NAMES if (path := shutil.which(name))), None)


def install_chromium() -> bool:
    """Try to install it with apt-get, as root or through sudo without a password. Return whether that worked."""
    if not shutil.which("apt-get"):
        return False
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and (not shutil.which("sudo") or subprocess.run([*prefix, "true"], capture_output=True).returncode):
        return False
    say("Installing Chromium with apt-get for the browser tests …")
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", *arguments]
        ran = subprocess.run(command, capture_output=True, text=True)
        if ran.returncode:
            say(f"apt-get {arguments[0]} failed: {ran.stderr.strip()[-500:]}")
            return False
    return True


def say(text: str) -> None:
    """Print at once, so that the order with apt-get's own output is right."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Return 0, or 1 in CI without a Chromium."""
    if find_chromium() or (install_chromium() and find_chromium()):
        return 0
    line = "!" * 100
    say(f"{line}\nNo Chromium was found and none could be installed: THE BROWSER TESTS WILL BE SKIPPED.\n{line}")
    if os.environ.get("CI") == "true":
        say("In CI that is a failure.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m jacana` is `jacana`."""

from jacana.cli import main

main()

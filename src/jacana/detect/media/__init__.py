"""detect/media."""

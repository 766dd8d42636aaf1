"""Log-in details being passed around: an attempt to distribute. What looks like a password is never kept in clear."""

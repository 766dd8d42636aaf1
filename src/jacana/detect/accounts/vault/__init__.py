"""Is an account a vault that many unrelated people open with one password? Groups, features, score, words."""

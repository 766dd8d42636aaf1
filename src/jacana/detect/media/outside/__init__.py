"""What others know or believe of a file: look-up services and classifiers outside the house. None by default."""

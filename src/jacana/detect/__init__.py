"""Detectors, one sub-package per sense. A detector states findings; it never decides and never acts."""

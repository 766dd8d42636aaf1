"""Perceptual hashes of frames: what is computed from pixels. Pure; opens no file and no database."""

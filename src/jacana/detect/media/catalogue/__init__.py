"""The catalogue of everything that was screened, as hashes only, so that a bank that grows can look back over it.

Reading order: shelf, shard, scan, port, local, on_ray, store. Never holds pictures, names or owners of uploads.
"""

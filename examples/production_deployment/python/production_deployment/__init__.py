"""Count lines, words, characters and bytes, of bytes and of files."""

from production_deployment._native import Counts, __version__, count, count_file

__all__ = ["Counts", "__version__", "count", "count_file"]

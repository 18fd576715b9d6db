"""Page -> articles: headlines, bylines, joins, reading order and repeats, every character traced to the file."""

from qa.articles.build import line_ranges, repeat_ranges
from qa.articles.reconstruct import reconstruct

__all__ = ["line_ranges", "reconstruct", "repeat_ranges"]

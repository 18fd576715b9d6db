"""What goes wrong with a model."""

from __future__ import annotations


class ModelLoadError(Exception):
    """A model cannot be loaded or does not fit. Its text is one clear sentence."""

"""Text to vectors to nearest rows. Knows nothing of newspapers."""

from embeddings.encoder import BUNDLED, Encoder, ModelLoadError, load_encoder
from embeddings.late import late_interaction
from embeddings.vectors import VectorIndex

__all__ = ["BUNDLED", "Encoder", "ModelLoadError", "VectorIndex", "late_interaction", "load_encoder"]

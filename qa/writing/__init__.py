"""Optional: a language model behind any OpenAI-compatible endpoint retells the quotes; every sentence is checked.

Evidence, citations, short answer, confidence and refusal are those of `qa.answers`. The model gets the quotes as
numbered data and writes; a sentence without a number, or with words, figures, names or a negation that its quotes do
not hold, is dropped. Whatever goes wrong, the quotes stand as the answer.
"""

from qa.writing.endpoint import Endpoint
from qa.writing.writer import Writer

__all__ = ["Endpoint", "Writer"]

"""What a question asks, alone and after the questions before it."""

from qa.conversation.followup import understand
from qa.conversation.question import Question, analyse

__all__ = ["Question", "analyse", "understand"]

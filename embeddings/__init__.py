"""Text to vectors to nearest rows. Knows nothing of newspapers."""

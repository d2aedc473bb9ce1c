"""The command language: what a rep means by a sentence; pure, without database or network."""

"""API v1 (DESIGN §5.6): plain functions on a session, declared once with their shapes."""

"""The Tertulia server."""

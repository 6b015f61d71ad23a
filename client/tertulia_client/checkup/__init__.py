"""Whether what stands in front of a server passes on what the server needs: asked from outside, as a browser would."""

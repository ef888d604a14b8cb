"""Results as files. This room can be left out."""

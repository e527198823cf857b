"""The public face: what the co-op is, where its nodes are, when they ship."""

"""The pooled queue, waves and walks, picks."""

"""The first page of creators and stewards, which places are whose, and the way there."""

"""Pages, forms, navigation, charts and maps: the look and what every page does."""

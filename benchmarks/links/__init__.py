"""Are links that people paste read, fetched and explained as they should be? See docs/fetching.md."""

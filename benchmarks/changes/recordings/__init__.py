"""Made-up sounds whose changes are known, by seeded recipes: instruments, families, scores, rooms."""

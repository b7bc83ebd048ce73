"""What every room needs and none is about: files, locks, arrays, threads, the cache, chance."""

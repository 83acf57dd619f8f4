"""Speed, as ratios within one run: the gateway against the least that the same work can cost."""

"""From samples to inflection points, alphas and the path of the film: the paper's mathematics."""

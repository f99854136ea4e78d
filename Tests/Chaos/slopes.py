"""Whether a series grows, or only seems to."""
import math


class Slope:
    """A line through the series' blocks, each of which counts by its least value: a peak between is no growth.

    `error` is the standard error of the slope as the blocks scatter around the line.
    """

    def __init__(self, samples, blocks=12):
        """samples: (seconds, value), in order."""
        size = max(1, len(samples) // blocks)
        points = [min(samples[start:start + size], key=lambda sample: sample[1])
                  for start in range(0, len(samples) - size + 1, size)]
        count = len(points)
        middle_x, middle_y = (sum(column) / count for column in zip(*points))
        spread = sum((x - middle_x) ** 2 for x, _ in points)
        self.value = sum((x - middle_x) * (y - middle_y) for x, y in points) / spread
        rest = sum((y - middle_y - self.value * (x - middle_x)) ** 2 for x, y in points)
        self.error = math.sqrt(rest / (count - 2) / spread)
        self.seconds = points[-1][0] - points[0][0]

    @property
    def growth(self):
        """Over the whole series."""
        return self.value * self.seconds

    def is_growth(self, least):
        """More than chance explains (three standard errors), and more than `least` over the whole series."""
        return self.value > 3 * self.error and self.growth > least

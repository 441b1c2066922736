"""How much work one picture of BigGAN-deep is, block by block, for the package's forward and for our engine.

Counted, not measured. Operations are multiplications and additions of matrix products. Bytes are what has to pass
between processor and memory if a map does not stay in cache from one operation to the next: each elementwise operation
is a pass of its own in the package and in our plain steps, as PyTorch executes them. Weights are left out: they are
read once for a whole batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal

from pipeline.generators.biggan.architecture import START_PX, Architecture, Block

Rung = Literal["plain", "steps", "strips"]
"""Our engine with steps in plain torch, in C++, and in C++ strip by strip."""

FLOAT32_BYTES = 4
NORM_PASSES = 4  # of the package: subtract the mean, divide by the deviation, multiply, add; each reads and writes
TAPS = 27  # 3 x 3, three colours
# Of our plain steps, in float32 between reading and writing maps: multiply, add, relu; and joining before that.
PLAIN_NORM_MOVES = 6
PLAIN_JOIN_MOVES = 12


@dataclass(frozen=True, slots=True)
class Work:
    """What one block does for one picture.

    Attributes
    ----------
    package_flop, our_flop : float
        Operations.
    package_moves : float
        Float32 numbers that the package reads and writes.
    step_moves, strip_moves : float
        Numbers of the precision in use that our engine reads and writes, without strips and with them.
    plain_moves : float
        Float32 numbers that plain steps read and write besides.
    """

    block: str
    package_flop: float
    our_flop: float
    package_moves: float
    step_moves: float
    strip_moves: float
    plain_moves: float = 0.0

    @property
    def package_bytes(self) -> float:
        return self.package_moves * FLOAT32_BYTES

    def our_bytes(self, rung: Rung = "strips", itemsize: int = 2) -> float:
        """Return what our engine moves on a rung of the ladder, in a precision of so many bytes."""
        moves = self.strip_moves if rung == "strips" else self.step_moves
        return moves * itemsize + (self.plain_moves * FLOAT32_BYTES if rung == "plain" else 0.0)

    def __add__(self, other: Work) -> Work:
        numbers = [field.name for field in fields(self) if field.name != "block"]
        return Work(self.block, **{name: getattr(self, name) + getattr(other, name) for name in numbers})


def count(architecture: Architecture) -> list[Work]:
    """Return the work of every block, and their sum at the end."""
    blocks = list(architecture.blocks())
    works = [_start(architecture, blocks), *_middle(blocks), _colours(architecture)]
    total = Work("sum", 0, 0, 0, 0, 0)
    for work in works:
        total += work
    return [*works, total]


def markdown(works: list[Work]) -> str:
    """Return a table in Markdown."""
    head = "| block | package GFLOP | package MB | our GFLOP | our MB |\n|---|--:|--:|--:|--:|\n"
    return head + "\n".join(
        f"| {work.block} | {work.package_flop / 1e9:.2f} | {work.package_bytes / 1e6:.1f} "
        f"| {work.our_flop / 1e9:.2f} | {work.our_bytes() / 1e6:.1f} |"
        for work in works
    )


def _product(pixels: int, inputs: int, outputs: int, taps: int = 1) -> float:
    return 2.0 * pixels * inputs * outputs * taps


def _start(architecture: Architecture, blocks: list[Block]) -> Work:
    """From latent and class to the first map, and to the factors of the norms."""
    condition = architecture.latent_dim + architecture.class_embed_dim
    first = START_PX**2 * architecture.start_channels
    factors = 2 * sum(block.in_channels + 3 * block.middle_channels for block in blocks if block.kind != "attention")
    embedding = _product(1, architecture.num_classes, architecture.class_embed_dim)
    flop = embedding + _product(1, condition, first + factors)
    moves = 2.0 * (first + factors)
    return Work("start", flop, flop, moves, 2 * moves, 2 * moves)  # in float32, whatever the maps are


def _middle(blocks: list[Block]) -> Iterator[Work]:
    for position, block in enumerate(blocks):
        following = blocks[position + 1] if position + 1 < len(blocks) else None
        if block.kind == "attention":
            yield _attention(block)
        else:
            yield _residual(block, following)


def _residual(block: Block, following: Block | None) -> Work:
    small, large = block.in_px**2, block.out_px**2
    wide, middle, out = block.in_channels, block.middle_channels, block.out_channels
    doubled = block.kind == "upsampling"
    ends = _product(small, wide, middle) + _product(large, middle, out)
    package_flop = ends + 2 * _product(large, middle, middle, 9)
    # Four phases of four taps each, over a map with one row and one column more.
    first = _product((block.in_px + 1) ** 2, middle, 4 * middle, 4) if doubled else _product(large, middle, middle, 9)
    our_flop = ends + first + _product(large, middle, middle, 9)

    normed = wide * small + middle * (small + 2 * large)
    convolved = (wide + middle) * small + 2 * 2 * middle * large + (middle + out) * large
    resized = (middle * (small + large) + out * (small + large)) if doubled else 0
    package = 2 * (NORM_PASSES + 1) * normed + convolved + resized + 3 * out * large

    last = following is None
    entrance = TAPS if last else (out // 4 if following is not None and following.kind != "attention" else 0)
    stream = 0 if last else out
    # In and out of the first convolution, its norm, the second; then in, skip, stream, and in of the next block.
    convolutions = middle * small + 5 * middle * large
    strips = convolutions + middle * large + out * small + (stream + entrance) * large
    # Without strips, also in and out of: own norm, last product, sum, next product, its norm.
    joined = out * large
    steps = strips + 2 * middle * large + 4 * joined + (2 * entrance * large if not last else 0)
    plain = PLAIN_NORM_MOVES * (2 * middle + (0 if last else entrance)) * large + PLAIN_JOIN_MOVES * joined
    name = f"{block.in_px}² → {block.out_px}², {wide} → {out}"
    return Work(name, package_flop, our_flop, package, steps, strips, plain)


def _attention(block: Block) -> Work:
    pixels, channels = block.in_px**2, block.in_channels
    keys, key_width, value_width = pixels // 4, channels // 8, channels // 2
    projections = _product(pixels, channels, 2 * key_width + value_width) + _product(pixels, value_width, channels)
    package_flop = projections + _product(pixels, key_width, keys) + _product(pixels, value_width, keys)
    # The fused kernel wants queries and keys as wide as values: zeros are multiplied too.
    our_flop = _product(pixels, channels, 3 * value_width) + _product(pixels, value_width, channels)
    our_flop += 2 * _product(pixels, value_width, keys)
    projected = (2 * key_width + value_width) * pixels
    scores = pixels * keys
    package = 3 * channels * pixels + 3 * projected + 4 * scores + 2 * value_width * pixels + 5 * channels * pixels
    # Scores stay in cache; afterwards the next block is entered: copy, norm, product, norm.
    ours = 2 * channels * pixels + (1 + 3 + 3) * channels // 2 * pixels + 3 * channels * pixels
    entered = 2 * channels * pixels + channels // 4 * pixels
    steps = ours + entered + (3 * channels + 2 * channels // 4) * pixels
    plain = PLAIN_NORM_MOVES * (channels + channels // 4) * pixels
    return Work(f"attention {block.in_px}², {channels}", package_flop, our_flop, package, steps, ours + entered, plain)


def _colours(architecture: Architecture) -> Work:
    """From the last norm to the picture; ours begins where the strips end."""
    pixels, channels = architecture.size_px**2, architecture.channel_width
    package = (2 + 2) * channels * pixels + 2 * channels * pixels + 2 * 3 * pixels
    ours = (TAPS + 2 * 2 * 3 * 3) * pixels
    flop = _product(pixels, channels, channels, 9)
    return Work("colours", flop, _product(pixels, channels, TAPS), package, ours, ours, 9 * 3 * 3 * pixels)

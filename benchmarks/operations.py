"""How much work one picture of BigGAN-deep is, block by block, for the package's forward and for our engine.

Counted, not measured. Operations are multiplications and additions of matrix products. Bytes are what has to pass
between processor and memory if a map does not stay in cache from one operation to the next: float32 for the package,
each elementwise operation a pass of its own, as PyTorch executes it; bfloat16 for us. Weights are left out: they are
read once for a whole batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.biggan.architecture import START_PX, Architecture, Block

FLOAT32_BYTES = 4
BFLOAT16_BYTES = 2
NORM_PASSES = 4  # subtract the mean, divide by the deviation, multiply, add
TAPS = 27  # 3 x 3, three colours


@dataclass(frozen=True, slots=True)
class Work:
    """Of one block and one picture."""

    block: str
    package_flop: float
    package_bytes: float
    our_flop: float
    our_bytes: float

    def __add__(self, other: Work) -> Work:
        return Work(
            self.block,
            self.package_flop + other.package_flop,
            self.package_bytes + other.package_bytes,
            self.our_flop + other.our_flop,
            self.our_bytes + other.our_bytes,
        )


def count(architecture: Architecture) -> list[Work]:
    """Return the work of every block, and their sum at the end."""
    blocks = list(architecture.blocks())
    works = [_start(architecture, blocks), *_middle(blocks), _colours(architecture)]
    total = Work("sum", 0, 0, 0, 0)
    for work in works:
        total += work
    return [*works, total]


def markdown(works: list[Work]) -> str:
    """Return a table in Markdown."""
    head = "| block | package GFLOP | package MB | our GFLOP | our MB |\n|---|--:|--:|--:|--:|\n"
    return head + "\n".join(
        f"| {work.block} | {work.package_flop / 1e9:.2f} | {work.package_bytes / 1e6:.1f} "
        f"| {work.our_flop / 1e9:.2f} | {work.our_bytes / 1e6:.1f} |"
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
    numbers = first + factors
    return Work("start", flop, 2 * FLOAT32_BYTES * numbers, flop, 2 * FLOAT32_BYTES * numbers)


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

    # In and out of the first convolution, its step, the second; then the strips: in, skip in, stream out, next in.
    last = following is None
    entrance = TAPS if last else (out // 4 if following is not None and following.kind != "attention" else 0)
    ours = middle * (small + large) + 2 * middle * large + 2 * middle * large + middle * large + out * small
    ours += (entrance + (0 if last else out)) * large
    name = f"{block.in_px}² → {block.out_px}², {wide} → {out}"
    return Work(name, package_flop, package * FLOAT32_BYTES, our_flop, ours * BFLOAT16_BYTES)


def _attention(block: Block) -> Work:
    pixels, channels = block.in_px**2, block.in_channels
    keys, key_width, value_width = pixels // 4, channels // 8, channels // 2
    projections = _product(pixels, channels, 2 * key_width + value_width) + _product(pixels, value_width, channels)
    package_flop = projections + _product(pixels, key_width, keys) + _product(pixels, value_width, keys)
    # The fused kernel wants queries and keys as wide as values: zeros are multiplied too.
    our_flop = projections + 2 * _product(pixels, value_width, keys)
    projected = (2 * key_width + value_width) * pixels
    scores = pixels * keys
    package = 3 * channels * pixels + 3 * projected + 4 * scores + 2 * value_width * pixels + 5 * channels * pixels
    ours = channels * pixels + 3 * projected + 2 * value_width * pixels + 3 * channels * pixels
    # Afterwards the next block is entered without strips: copy, norm, product, norm.
    ours += 5 * channels * pixels + 3 * channels // 4 * pixels
    name = f"attention {block.in_px}², {channels}"
    return Work(name, package_flop, package * FLOAT32_BYTES, our_flop, ours * BFLOAT16_BYTES)


def _colours(architecture: Architecture) -> Work:
    """From the last norm to the picture; ours begins where the strips end."""
    pixels, channels = architecture.size_px**2, architecture.channel_width
    package = (2 + 2) * channels * pixels + 2 * channels * pixels + 2 * 3 * pixels
    ours = TAPS * BFLOAT16_BYTES * pixels + 3 * pixels * (2 * 3 * FLOAT32_BYTES + 1)
    flop = _product(pixels, channels, channels, 9)
    return Work("colours", flop, package * FLOAT32_BYTES, _product(pixels, channels, TAPS), ours)

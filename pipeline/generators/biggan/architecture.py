"""The shape of BigGAN-deep: which blocks, how wide, at which resolution (Brock et al. 2019, tables 7 to 9).

Plain numbers without torch, so that the whole program can ask for a size or count operations at no cost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import error_of_reading
from pipeline.generator import LATENT_DIM, NUM_CLASSES, SIZES_PX

START_PX = 4
BOTTLENECK = 4  # a block works on a quarter of its input channels
CONFIG_FILE = "config.json"

_TRUNK = ((False, 16, 16), (True, 16, 16), (False, 16, 16), (True, 16, 8), (False, 8, 8))
_LAYERS: dict[int, tuple[tuple[bool, int, int], ...]] = {
    128: (*_TRUNK, (True, 8, 4), (False, 4, 4), (True, 4, 2), (False, 2, 2), (True, 2, 1)),
    256: (*_TRUNK, (True, 8, 8), (False, 8, 8), (True, 8, 4), (False, 4, 4), (True, 4, 2), (False, 2, 2), (True, 2, 1)),
}
_LAYERS[512] = (*_LAYERS[256], (False, 1, 1), (True, 1, 1))


@dataclass(frozen=True, slots=True)
class Block:
    """One residual block, or the attention between two of them.

    Attributes
    ----------
    kind : str
        ``residual``, ``upsampling`` (a residual block that doubles the side) or ``attention``.
    in_channels, out_channels : int
        Channels of the residual stream before and after.
    in_px, out_px : int
        Side of the square feature map before and after.
    """

    kind: str
    in_channels: int
    out_channels: int
    in_px: int
    out_px: int

    @property
    def middle_channels(self) -> int:
        """Channels inside the bottleneck."""
        return self.in_channels // BOTTLENECK


@dataclass(frozen=True, slots=True)
class Architecture:
    """What the package's ``config.json`` says, checked.

    Attributes
    ----------
    layers : tuple of (bool, int, int)
        For each residual block: whether it upsamples, and its input and output channels in units of `channel_width`.
    attention_position : int
        Attention comes right before the layer of this index.
    statistics_rows : int
        Batch-norm statistics are known for this many truncations, evenly from 0 to 1.
    eps : float
        Added to a variance before its root, in batch normalization and spectral norm alike.
    """

    layers: tuple[tuple[bool, int, int], ...]
    channel_width: int = 128
    attention_position: int = 8
    statistics_rows: int = 51
    latent_dim: int = LATENT_DIM
    class_embed_dim: int = 128
    num_classes: int = NUM_CLASSES
    eps: float = 1e-4

    @property
    def size_px(self) -> int:
        """Side of the pictures."""
        return START_PX << sum(upsamples for upsamples, _, _ in self.layers)

    @property
    def start_channels(self) -> int:
        """Channels of the first 4 × 4 feature map."""
        return 16 * self.channel_width

    def blocks(self) -> Iterator[Block]:
        """Walk through the network from the 4 × 4 map to the full size."""
        side_px = START_PX
        for position, (upsamples, inputs, outputs) in enumerate(self.layers):
            channels = inputs * self.channel_width
            if position == self.attention_position:
                yield Block("attention", channels, channels, side_px, side_px)
            kind, factor = ("upsampling", 2) if upsamples else ("residual", 1)
            yield Block(kind, channels, outputs * self.channel_width, side_px, side_px * factor)
            side_px *= factor

    def to_config(self) -> dict[str, Any]:
        """Write it in the package's words."""
        return {
            "output_dim": self.size_px,
            "z_dim": self.latent_dim,
            "class_embed_dim": self.class_embed_dim,
            "channel_width": self.channel_width,
            "num_classes": self.num_classes,
            "layers": [list(layer) for layer in self.layers],
            "attention_layer_position": self.attention_position,
            "eps": self.eps,
            "n_stats": self.statistics_rows,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Architecture:
        """Read the package's words.

        Raises
        ------
        ValueError
            If it is not a generator that this program can use: other latents or classes, an unknown size.
        """
        try:
            architecture = cls(
                layers=tuple((bool(layer[0]), int(layer[1]), int(layer[2])) for layer in config["layers"]),
                channel_width=int(config["channel_width"]),
                attention_position=int(config["attention_layer_position"]),
                statistics_rows=int(config["n_stats"]),
                latent_dim=int(config["z_dim"]),
                class_embed_dim=int(config["class_embed_dim"]),
                num_classes=int(config["num_classes"]),
                eps=float(config["eps"]),
            )
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError("not a BigGAN configuration") from error
        if architecture.size_px not in SIZES_PX or config.get("output_dim") != architecture.size_px:
            raise ValueError("sizes do not fit together")
        if (architecture.latent_dim, architecture.num_classes) != (LATENT_DIM, NUM_CLASSES):
            raise ValueError("other latents or classes")
        if architecture.statistics_rows < 2 or architecture.channel_width < 1 or not architecture.layers:
            raise ValueError("empty network")
        return architecture


def deepmind(size_px: int, *, channel_width: int = 128) -> Architecture:
    """Return the architecture that DeepMind trained for pictures of this side, or a narrower one of the same form."""
    return Architecture(layers=_LAYERS[size_px], channel_width=channel_width)


def read_config(folder: Path) -> Architecture:
    """Read the architecture of a model kept in a folder.

    Raises
    ------
    PipelineError
        ``WEIGHTS_MISSING`` where there is no ``config.json``, ``WEIGHTS_CORRUPT`` where it makes no sense.
    """
    path = folder / CONFIG_FILE
    try:
        return Architecture.from_config(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise PipelineError(
            ErrorCode.WEIGHTS_MISSING, model=str(folder), folder=str(folder), file=CONFIG_FILE
        ) from error
    except OSError as error:
        raise error_of_reading(error, path) from error
    except (ValueError, AttributeError) as error:
        raise PipelineError(ErrorCode.WEIGHTS_CORRUPT, model=str(folder), path=str(path)) from error


def write_config(architecture: Architecture, folder: Path) -> None:
    """Write ``config.json`` so that the folder can be opened by the package too."""
    text = json.dumps(architecture.to_config(), indent=2) + "\n"
    (folder / CONFIG_FILE).write_text(text, encoding="utf-8")

"""What a BigGAN may be called: a published model, random weights of one, or a folder in the package's format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generators.biggan.architecture import CONFIG_FILE, Architecture, deepmind, read_config

MODELS = ("biggan-deep-128", "biggan-deep-256", "biggan-deep-512")
RANDOM_PREFIX = "random:"
RANDOM_MODELS = tuple(RANDOM_PREFIX + model for model in MODELS)
WEIGHTS_FILE = "pytorch_model.bin"


@dataclass(frozen=True, slots=True)
class ModelName:
    """A name, understood.

    Attributes
    ----------
    text : str
        As a recipe writes it.
    kind : {"published", "random", "folder"}
        Where its weights come from.
    architecture : Architecture
        The network that they are for.
    folder : Path or None
        The folder of a local model.
    """

    text: str
    kind: Literal["published", "random", "folder"]
    architecture: Architecture
    folder: Path | None = None

    @property
    def size_px(self) -> int:
        """Side of its pictures."""
        return self.architecture.size_px


def model_of_size(size_px: int) -> str:
    """Return the published model that draws pictures of this side."""
    return f"biggan-deep-{size_px}"


def parse_name(text: str) -> ModelName:
    """Understand a model's name.

    Raises
    ------
    PipelineError
        ``UNKNOWN_MODEL`` (facts: model, known); ``WEIGHTS_MISSING`` or ``WEIGHTS_CORRUPT`` for a folder whose
        ``config.json`` is not there or makes no sense.
    """
    published = text.removeprefix(RANDOM_PREFIX)
    if published in MODELS:
        architecture = deepmind(int(published.rsplit("-", 1)[1]))
        return ModelName(text, "random" if text.startswith(RANDOM_PREFIX) else "published", architecture)
    folder = Path(text).expanduser()
    if is_folder_name(text):
        return ModelName(text, "folder", read_config(folder), folder)
    raise PipelineError(ErrorCode.UNKNOWN_MODEL, model=text, known=MODELS + RANDOM_MODELS)


def is_folder_name(text: str) -> bool:
    """Tell whether a name can only be meant as a folder: it has a separator, or holds a model."""
    return bool(text.strip()) and ("/" in text or (Path(text) / CONFIG_FILE).is_file())

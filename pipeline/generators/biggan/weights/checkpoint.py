"""From files (or a seed) to a model of pytorch-pretrained-biggan, ready to be read.

The package's own loader asks the network even when the file is there, unpickles whatever it finds, ignores missing
parameters and leaves the model in training mode, where every call moves the spectral norms.
"""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path

import torch
from pytorch_pretrained_biggan import BigGAN, BigGANConfig

from pipeline.errors import ErrorCode, PipelineError
from pipeline.file_errors import error_of_reading
from pipeline.generators.biggan.architecture import Architecture, read_config, write_config
from pipeline.generators.biggan.names import WEIGHTS_FILE


def empty_model(architecture: Architecture) -> BigGAN:
    """Build the package's model with whatever its constructors put into it, in evaluation mode."""
    return BigGAN(BigGANConfig.from_dict(architecture.to_config())).eval().requires_grad_(False)


def load(folder: Path) -> BigGAN:
    """Read a model in the package's format.

    Only tensors are unpickled, every parameter must be there with its shape, and none may be left over.

    Raises
    ------
    PipelineError
        ``WEIGHTS_MISSING`` or ``WEIGHTS_CORRUPT`` (fact: path).
    """
    architecture = read_config(folder)
    path = folder / WEIGHTS_FILE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of an odd file, that it is odd
            state = torch.load(path, map_location="cpu", weights_only=True)
        model = empty_model(architecture)
        model.load_state_dict(state, strict=True)
    except FileNotFoundError as error:
        raise PipelineError(
            ErrorCode.WEIGHTS_MISSING, model=str(folder), folder=str(folder), file=WEIGHTS_FILE
        ) from error
    except OSError as error:
        raise error_of_reading(error, path) from error
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise PipelineError(ErrorCode.WEIGHTS_CORRUPT, model=str(folder), path=str(path)) from error
    return model


def save(model: BigGAN, architecture: Architecture, folder: Path) -> None:
    """Write a model in the package's format."""
    folder.mkdir(parents=True, exist_ok=True)
    write_config(architecture, folder)
    torch.save(model.state_dict(), folder / WEIGHTS_FILE)

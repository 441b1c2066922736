"""A model is loaded once and stays, as long as there is room."""

from dataclasses import dataclass, field

from pipeline.generators.warm_pool import WarmModels
from tests.fakes import ColourFields


class Heavy(ColourFields):
    """A generator that says what it takes, and whether it was closed."""

    def __init__(self, size_px: int, memory_bytes: int) -> None:
        super().__init__(size_px)
        self.memory_bytes = memory_bytes
        self.closed = False

    def close(self) -> None:
        self.closed = True


@dataclass
class LazyCommands:
    """Opens generators of a hundred bytes each, and remembers which."""

    opened: list[Heavy] = field(default_factory=list)

    def open(self, _name: str, size_px: int) -> Heavy:
        self.opened.append(Heavy(size_px, 100))
        return self.opened[-1]


def test_a_model_is_loaded_once() -> None:
    shelf = LazyCommands()
    models = WarmModels(shelf.open)
    assert models.open("sketch", 128) is models.open("sketch", 128)
    assert len(shelf.opened) == 1


def test_sizes_are_models_of_their_own() -> None:
    models = WarmModels(LazyCommands().open)
    assert models.open("sketch", 128) is not models.open("sketch", 256)


def test_the_least_recently_used_makes_room() -> None:
    shelf = LazyCommands()
    models = WarmModels(shelf.open, budget_bytes=250)
    for size_px in (128, 256, 128, 512):
        models.open("biggan", size_px)
    by_size = {model.size_px: model for model in shelf.opened}
    assert by_size[256].closed
    assert not by_size[128].closed
    assert not by_size[512].closed


def test_the_one_in_use_is_kept_however_large() -> None:
    shelf = LazyCommands()
    models = WarmModels(shelf.open, budget_bytes=10)
    assert not models.open("biggan", 512).closed  # type: ignore[attr-defined]


def test_a_model_that_was_closed_is_loaded_again() -> None:
    shelf = LazyCommands()
    models = WarmModels(shelf.open, budget_bytes=10)
    for size_px in (128, 256, 128):
        models.open("biggan", size_px)
    assert [model.size_px for model in shelf.opened] == [128, 256, 128]


def test_closing_closes_all() -> None:
    shelf = LazyCommands()
    models = WarmModels(shelf.open)
    models.open("biggan", 128)
    models.open("biggan", 256)
    models.close()
    assert all(model.closed for model in shelf.opened)

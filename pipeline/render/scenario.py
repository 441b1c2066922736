"""What is shown when: the scenes that are chosen for the inflection points of a sound (algorithm, step 6)."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.analysis.analyze import Analysis
from pipeline.generators.versions import version_of
from pipeline.motion.chorus import closed, remembered
from pipeline.recipe import Recipe, Scene
from pipeline.render.values import RenderJob
from pipeline.themes.categories import categories
from pipeline.themes.scenes import choose_scenes, fit_scenes
from pipeline.themes.themes import Theme, resolve_theme


@dataclass(frozen=True, slots=True)
class Scenario:
    """An analysis and the scenes that lie on it.

    Attributes
    ----------
    recipe : Recipe
        With its scenes, model and size chosen.
    analysis : Analysis
    heading : str or None
        What the clip is called, untrusted text.
    """

    recipe: Recipe
    analysis: Analysis
    heading: str | None

    @property
    def names(self) -> list[str]:
        """The scenes' categories, one to an inflection point."""
        return [categories()[scene.category].name for scene in self.recipe.scenes]

    @property
    def title(self) -> str:
        """What its pictures are titled: the heading, else the theme."""
        return self.heading or self.recipe.theme

    def subtitle(self, scenes: str) -> str:
        """Return the line beside the title: how many scenes, of which theme unless that is the title already."""
        return f"{self.recipe.theme} · {scenes}" if self.heading else scenes

    @property
    def size_px(self) -> int:
        """Width and height of the frames as drawn."""
        assert self.recipe.size_px is not None
        return self.recipe.size_px


def theme_of(recipe: Recipe) -> Theme | None:
    """Return what scenes are to be chosen from; None for a recipe that has its scenes.

    Raises
    ------
    PipelineError
        ``UNKNOWN_THEME``
    """
    return None if recipe.scenes else resolve_theme(recipe.theme)


def choose_scenario(job: RenderJob, analysis: Analysis, theme: Theme | None, model: tuple[str, int]) -> Scenario:
    """Choose a scene for every inflection point, or fit those that the recipe has.

    Parameters
    ----------
    theme : Theme or None
        From `theme_of`.
    model : tuple of str and int
        The generator's name and its size in pixels.
    """
    recipe, count = job.recipe, len(analysis.points)
    scenes = _choose(recipe, theme, analysis) if theme else fit_scenes(recipe.scenes, count, recipe.seed)
    if recipe.loop and recipe.moves != "paper":
        scenes = closed(scenes)
    name, size_px = model
    chosen = recipe.with_changes(scenes=scenes, model=name, size_px=size_px, generator_version=version_of(name))
    return Scenario(chosen, analysis, job.heading)


def _choose(recipe: Recipe, theme: Theme, analysis: Analysis) -> tuple[Scene, ...]:
    """Choose scenes; unless they were asked for in an order, sections that come again get theirs again."""
    scenes = choose_scenes(theme, len(analysis.points), recipe.seed)
    if recipe.moves == "paper" or theme.ordered or analysis.hearing is None:
        return scenes
    return remembered(scenes, analysis.point_times_s.tolist(), analysis.hearing.sections)

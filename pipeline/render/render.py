"""The method from end to end: Sound → Analysis → Scenes → Path → Frames → Clip → Artwork, one value, one line each."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pipeline.atomic_files import require_apart
from pipeline.generator import ImageGenerator
from pipeline.motion.film_motion import FilmMotion, film_motion
from pipeline.motion.flash_limit import FlashGuard
from pipeline.render.files import UnfinishedFiles
from pipeline.render.film import film, plan_film
from pipeline.render.frames import draw_frames
from pipeline.render.listening import listen
from pipeline.render.pictures import new_film_strip, show_poster, show_scenes
from pipeline.render.scenario import Scenario, choose_scenario, theme_of
from pipeline.render.values import Models, RenderedClip, RenderJob
from pipeline.render.watch import Progress, Watch


def render(job: RenderJob, models: Models, watch: Watch | None = None) -> RenderedClip:
    """Make a clip.

    Raises
    ------
    PipelineError
        Whatever is wrong with the sound, the recipe, the model or the disk, or ``CANCELLED``. Whatever is raised, a
        ``KeyboardInterrupt`` included, no file of this call remains.
    """
    watch = watch or Watch()
    require_apart(job.targets.all(), [job.sound.path])
    with UnfinishedFiles(job.targets) as files:
        model = models.choose(job.recipe.model, job.recipe.size_px)
        theme = theme_of(job.recipe)  # refused before anything is decoded
        analysis = listen(job, watch)
        scenario = choose_scenario(job, analysis, theme, model)
        plan = plan_film(job, scenario, files.place(job.targets.clip))
        generator = _open(models, scenario, watch)
        show_scenes(scenario, generator, files, watch)
        motion = film_motion(analysis, scenario.recipe)
        strip = new_film_strip(len(motion.path.segments))
        frames = draw_frames(generator, scenario.recipe.truncation, motion, partial(watch.report, "rendering"))
        guard = FlashGuard(scenario.recipe.fps, smooths=scenario.recipe.moves != "paper")
        size_px = film(plan, guard.through(frames), strip, watch)
        show_poster(scenario, strip, motion, files)
        files.show(job.targets.clip)
        watch.progress(Progress("done", 1, 1))
    return replace(_rendered(job, scenario, motion, size_px), flashes=guard.flashes)


def _open(models: Models, scenario: Scenario, watch: Watch) -> ImageGenerator:
    watch.report("loading", 0, 1)
    generator = models.open(scenario.recipe.model, scenario.size_px)
    watch.report("loading", 1, 1)
    return generator


def _rendered(job: RenderJob, scenario: Scenario, motion: FilmMotion, size_px: int) -> RenderedClip:
    targets = job.targets
    return RenderedClip(
        path=targets.clip,
        recipe=scenario.recipe,
        duration_s=scenario.analysis.duration_s,
        size_px=size_px,
        fps=scenario.recipe.fps,
        frame_count=len(motion.path.segments),
        bytes=targets.clip.stat().st_size,
        poster=targets.poster,
        storyboard=targets.storyboard,
        thumbnail=targets.thumbnail,
        title=scenario.heading,
    )

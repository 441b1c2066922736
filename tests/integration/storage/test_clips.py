"""Clips and their families."""

import pytest

from pipeline.recipe import Recipe, Scene
from storage.clips import clips
from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from storage.errors import RefusalCode, StorageError
from storage.requests import release, requests
from storage.states import RequestState
from tests.doubles.books import clip_of, make, submit


def test_a_clip_keeps_the_recipe_with_its_scenes(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as tx:
        made = make(tx, engine, "e1")
    with database.read() as tx:
        clip = clips.get(tx, made.id)
        assert clip == made
        assert clip.recipe.scenes == (Scene(367, made.id), Scene(380, 2))
        assert requests.get(tx, made.id).state is RequestState.RENDERED


def test_a_recipe_comes_out_of_the_books_with_what_nobody_here_knows(
    database: Database, engine: EmbeddedEngine
) -> None:
    asked = Recipe.from_json('{"ganterpret":2,"points_s":[1.5],"light":{"from":["left",1e3]}}')
    with database.write() as tx:
        request = submit(tx, "e1", recipe=asked)
        release.release(tx, engine, window=10)
        begun = requests.begin(tx, request.id, 1)
        assert begun is not None
        assert begun.recipe == asked
        assert requests.start_rendering(tx, request.id, begun.fence)
        drawn = asked.with_changes(scenes=(Scene(1, 2),) * 3, generator_version=1)
        requests.show_storyboard(tx, request.id, begun.fence, "storyboard.jpg", drawn)
        requests.finish_render(tx, request.id, begun.fence, clip_of(request.id, begun.fence, recipe=drawn))
    with database.read() as tx:
        assert clips.get(tx, request.id).recipe == drawn == requests.get(tx, request.id).chosen
        assert clips.get(tx, request.id).recipe.remixed(theme="birds").unknown_fields == asked.unknown_fields


def test_a_family_is_the_same_whichever_member_is_asked(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as tx:
        eldest = make(tx, engine, "e1")
        left, right = make(tx, engine, "e2", eldest), make(tx, engine, "e3", eldest, who="ben")
        grandchild = make(tx, engine, "e4", left, who="cem")
        stranger = make(tx, engine, "e5")
        families = {clip.id: clips.family(tx, clip.id) for clip in (eldest, left, right, grandchild)}
        assert [(member.clip.id, member.generation) for member in families[grandchild.id]] == [
            (eldest.id, 0),
            (left.id, 1),
            (right.id, 1),
            (grandchild.id, 2),
        ]
        assert len(set(families.values())) == 1
        assert [member.clip.id for member in clips.family(tx, stranger.id)] == [stranger.id]
        assert [member.clip.maker_name for member in families[eldest.id]] == ["Ada", "Ada", "Ben", "Cem"]
        assert clips.family(tx, 404) == ()


def test_a_remix_takes_its_sound_from_its_parent(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as tx:
        parent = make(tx, engine, "e1")
        child = make(tx, engine, "e2", parent)
        request = requests.get(tx, child.id)
        assert (child.parent_clip_id, request.parent_clip_id, request.source.clip_id) == (parent.id,) * 3


def test_a_deleted_clip_is_found_no_more_but_holds_its_family_together(
    database: Database, engine: EmbeddedEngine
) -> None:
    with database.write() as tx:
        eldest = make(tx, engine, "e1")
        child = make(tx, engine, "e2", eldest)
        assert clips.delete(tx, eldest.id)
        assert not clips.delete(tx, eldest.id)
        with pytest.raises(StorageError) as raised:
            clips.get(tx, eldest.id)
        assert raised.value.code is RefusalCode.NOT_FOUND
        assert [clip.id for clip in clips.made_by(tx, requests.get(tx, child.id).person_id)] == [child.id]
        members = clips.family(tx, child.id)
        assert [(member.clip.id, member.clip.deleted) for member in members] == [(eldest.id, True), (child.id, False)]


def test_people_find_their_latest_clips(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as tx:
        mine = [make(tx, engine, f"e{number}") for number in range(3)]
        make(tx, engine, "e9", who="ben")
        assert mine[0].maker_id is not None
        assert [clip.id for clip in clips.made_by(tx, mine[0].maker_id, limit=2)] == [mine[2].id, mine[1].id]

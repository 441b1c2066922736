"""The thousand categories: their names, their kinds, and how a typed word finds one."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generator import NUM_CLASSES
from pipeline.themes import word_forms
from pipeline.themes.categories import Category, categories, category_name, kinds, parse_index
from pipeline.themes.themes import resolve_theme

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """scripts/make_categories.py, which is no package's part."""
    spec = importlib.util.spec_from_file_location("make_categories", ROOT / "scripts" / "make_categories.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


# --- what there is ---------------------------------------------------------------------------------------------------


def test_there_is_one_category_for_each_place_in_the_class_vector() -> None:
    assert [category.index for category in categories()] == list(range(NUM_CLASSES))


def test_no_two_categories_are_shown_under_the_same_name() -> None:
    names = [word_forms.key(category.name) for category in categories()]
    assert len(set(names)) == NUM_CLASSES


def test_the_wnids_are_those_the_model_was_trained_with() -> None:
    # The package loads torch when imported; its source is enough.
    spec = importlib.util.find_spec("pytorch_pretrained_biggan")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).with_name("utils.py").read_text(encoding="utf-8"))
    imagenet = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "IMAGENET"
    )
    assert {category.wnid: category.index for category in categories()} == {
        f"n{offset:08d}": index for offset, index in imagenet.items()
    }


def test_a_known_category_says_what_it_is() -> None:
    fox = categories()[277]
    assert (fox.name, fox.wnid) == ("red fox", "n02119022")
    assert fox.ancestors[:2] == ("fox", "canine")
    assert fox.ancestors[-1] == "entity"
    assert {"mammal", "animal"} <= set(fox.ancestors)
    assert category_name(277) == "red fox"


def test_every_category_descends_from_entity_and_from_nothing_twice() -> None:
    for category in categories():
        assert category.ancestors[-1] == "entity"
        assert len(set(category.ancestors)) == len(category.ancestors)
        assert all(name == word_forms.normalize(name) for name in category.ancestors)


def test_instances_and_second_paths_count_as_ancestors_too() -> None:
    dog = _found("German shepherd")
    assert {"canine", "domestic animal"} <= set(dog.ancestors)  # WordNet gives "dog" both parents


def test_a_kind_lists_exactly_the_categories_below_it() -> None:
    by_wnid = {kind.wnid: kind for kind in kinds()}
    assert len(by_wnid["n02469914"].categories) == 20  # primates
    assert len(by_wnid["n02084071"].categories) == 118  # dogs
    for kind in kinds():
        below = tuple(category.index for category in categories() if kind.wnid in category.lineage)
        assert kind.categories == below


def test_the_file_stays_readable_and_small() -> None:
    text = (ROOT / "pipeline" / "themes" / "categories.json").read_text(encoding="utf-8")
    assert len(text.encode()) < 500_000
    assert max(map(len, text.splitlines())) < 1000
    assert "Princeton" in json.loads(text)["source"]


def test_reading_categories_loads_neither_torch_nor_the_models_package() -> None:
    program = (
        "import sys, pipeline.themes.themes, pipeline.themes.scenes\n"
        "pipeline.themes.scenes.choose_scenes(pipeline.themes.themes.resolve_theme('primates'), 3, 0)\n"
        "print([name for name in ('torch', 'pytorch_pretrained_biggan', 'rapidfuzz') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def _found(typed: str) -> Category:
    """Return the first category that a word finds."""
    return categories()[resolve_theme(typed).categories[0]]


# --- finding one -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("red fox", "red fox"),
        ("Red_Fox", "red fox"),
        ("redfox", "red fox"),
        ("  RED   foxes ", "red fox"),
        ("281", "tabby cat"),
        ("n02119022", "red fox"),
        ("Vulpes vulpes", "red fox"),
        ("orca", "killer whale"),
        ("jack o lanterns", "jack-o'-lantern"),
        ("Jack-O’-Lantern", "jack-o'-lantern"),
        ("hens of the woods", "hen-of-the-woods"),
        ("geese", "goose"),
        ("cheeseburgers", "cheeseburger"),
        ("a volcano", "volcano"),
        ("the volcanoes", "volcano"),
        ("daisies", "daisy"),
        ("consommé", "consomme"),
        ("St. Bernard", "Saint Bernard"),
        ("sunglasses", "sunglasses"),
        ("sunglass", "sunglass"),
        ("crane", "crane (bird)"),
        ("crane (machine)", "crane (machine)"),
        ("cardigan", "cardigan"),
        ("cardigan welsh corgi", "Cardigan Welsh corgi"),
        ("maillot (swimsuit)", "maillot (swimsuit)"),
    ],
)
def test_a_category_is_found_however_it_is_spelled(typed: str, name: str) -> None:
    assert _found(typed).name == name


def test_every_category_is_found_by_its_name_its_index_and_its_wnid() -> None:
    for category in categories():
        assert resolve_theme(category.name).categories == (category.index,)
        assert resolve_theme(category.name.upper()).categories == (category.index,)
        assert resolve_theme(str(category.index)).categories == (category.index,)
        assert resolve_theme(category.wnid).categories == (category.index,)


def test_every_synonym_finds_categories_that_have_it_unless_it_names_a_wider_theme() -> None:
    for category in categories():
        for name in category.names:
            theme = resolve_theme(name)
            for found in (categories()[index] for index in theme.categories if theme.kind == "category"):
                assert word_forms.key(name) in {word_forms.key(known) for known in (found.name, *found.names)}


def _suggestions(typed: str) -> tuple[str, ...]:
    with pytest.raises(PipelineError) as refused:
        resolve_theme(typed)
    suggestions = refused.value.facts["suggestions"]
    assert isinstance(suggestions, tuple)
    return suggestions


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("giutar", "acoustic guitar"),
        ("volcona", "volcano"),
        ("elephent", "African elephant"),
        ("🦊", "red fox"),
        ("grey fxo", "grey fox"),
    ],
)
def test_a_mistyped_category_is_answered_with_what_may_have_been_meant(typed: str, meant: str) -> None:
    suggestions = _suggestions(typed)
    assert meant in suggestions
    assert len(suggestions) <= 4


@pytest.mark.parametrize(
    "typed", ["", "   ", "\x00\x1b[31m", "1000", "-1", "٣", "²", "x" * 100_000, "🫥", "\u202eevil"]
)
def test_nonsense_is_refused_in_one_short_printable_line(typed: str) -> None:
    with pytest.raises(PipelineError) as refused:
        resolve_theme(typed)
    assert refused.value.code is ErrorCode.UNKNOWN_THEME
    query = refused.value.facts["query"]
    assert isinstance(query, str)
    assert len(query) <= 60
    assert query.isprintable()


@given(st.text(max_size=80))
@settings(deadline=None, max_examples=60)
def test_any_text_finds_categories_or_is_refused(typed: str) -> None:
    try:
        found = resolve_theme(typed)
    except PipelineError as error:
        refusal: ErrorCode | None = error.code
    else:
        refusal = None
        assert found.categories
    assert refusal in {None, ErrorCode.UNKNOWN_THEME}


@pytest.mark.parametrize(("typed", "index"), [("0", 0), (" 007 ", 7), ("999", 999), ("1000", None), ("1e2", None)])
def test_an_index_is_a_plain_number_below_a_thousand(typed: str, index: int | None) -> None:
    assert parse_index(typed) == index


# --- the script that writes the file ---------------------------------------------------------------------------------

NOUNS = [
    "  1 This software and database is being provided to you",
    "00000001 03 n 01 entity 0 001 ~ 00000002 n 0000 | that which is  ",
    '00000002 05 n 02 animal 0 fauna 0 002 @ 00000001 n 0000 ~ 00000003 n 0000 | a living thing; "it moved"  ',
    "00000003 05 n 02 red_fox 0 Vulpes_vulpes 1 002 @ 00000002 n 0000 #m 00000009 n 0000 | a fox | of a kind  ",
    "00000004 05 n 01 crane 0 002 @ 00000002 n 0000 @i 00000001 n 0000 | a bird  ",
]


@pytest.fixture
def nouns_file(tmp_path: Path) -> Path:
    path = tmp_path / "data.noun"
    path.write_text("\n".join(NOUNS) + "\n", encoding="ascii")
    return path


def test_a_line_of_wordnet_is_read(script: ModuleType, nouns_file: Path) -> None:
    nouns = script.read_nouns(nouns_file)
    assert set(nouns) == {1, 2, 3, 4}
    assert nouns[3].names == ("red fox", "Vulpes vulpes")
    assert nouns[3].hypernyms == (2,)
    assert nouns[3].gloss == "a fox | of a kind"
    assert nouns[2].gloss == "a living thing"
    assert nouns[4].hypernyms == (2, 1)


def test_the_script_writes_the_same_bytes_whatever_the_order(script: ModuleType, nouns_file: Path) -> None:
    nouns = script.read_nouns(nouns_file)
    display = {1: "crane (bird)"}
    forward = script.document(nouns, {3: 0, 4: 1}, display)
    backward = script.document(dict(reversed(nouns.items())), {4: 1, 3: 0}, display)
    assert forward == backward
    document = json.loads(forward)
    assert [record["name"] for record in document["categories"]] == ["red fox", "crane (bird)"]
    assert document["categories"][1]["names"] == ["crane"]
    assert [record["wnid"] for record in document["ancestors"]] == ["n00000001", "n00000002"]


def test_a_name_that_wordnet_lacks_joins_the_others(script: ModuleType, nouns_file: Path) -> None:
    assert script.names_of("rooster", script.read_nouns(nouns_file)[4]) == ["rooster", "crane"]


WORDNET = Path(os.environ.get("WORDNET_DIR", "/usr/share/wordnet"))


@pytest.mark.skipif(not (WORDNET / "data.noun").exists(), reason="WordNet is not installed here")
def test_the_file_is_what_the_script_writes(tmp_path: Path) -> None:
    written = tmp_path / "categories.json"
    subprocess.run(
        [sys.executable, "scripts/make_categories.py", "--wordnet", str(WORDNET), "--output", str(written)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    assert written.read_bytes() == (ROOT / "pipeline" / "themes" / "categories.json").read_bytes()

"""What a typed theme stands for."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ErrorCode, PipelineError
from pipeline.generator import NUM_CLASSES
from pipeline.recipe import Recipe
from pipeline.themes import word_forms
from pipeline.themes.categories import by_display_name, categories, category_name, kinds
from pipeline.themes.themes import Theme, curated_themes, everyday_words, known_theme, resolve_theme, search_themes

ROOT = Path(__file__).resolve().parents[4]


def members(typed: str) -> list[str]:
    return [category_name(index) for index in resolve_theme(typed).categories]


# --- every word means something --------------------------------------------------------------------------------------


def test_every_word_for_every_kind_resolves() -> None:
    for kind in kinds():
        for name in kind.names:
            check_sound(resolve_theme(name))


def test_every_kind_can_be_had_whatever_took_its_words() -> None:
    for kind in kinds():
        assert resolve_theme(kind.wnid).categories == kind.categories


def test_every_category_is_in_the_theme_of_its_name() -> None:
    for category in categories():
        for typed in (category.name, category.names[0] if "(" in category.name else category.name.upper()):
            assert category.index in resolve_theme(typed).categories, typed


def test_every_themes_name_leads_back_to_it() -> None:
    themes = [*curated_themes(), *everyday_words().values(), *(resolve_theme(kind.wnid) for kind in kinds())]
    themes += [resolve_theme(name) for category in categories() for name in category.names]
    for theme in themes:
        assert resolve_theme(theme.name) == theme, theme.name


def check_sound(theme: Theme) -> None:
    assert theme.categories
    assert len(set(theme.categories)) == len(theme.categories)
    assert all(0 <= index < NUM_CLASSES for index in theme.categories)
    assert theme.ordered == (theme.kind == "list") == bool(theme.steps)
    assert theme.name == theme.name.strip() != ""
    assert "\n" not in theme.description


def test_every_theme_is_sound() -> None:
    for theme in (*curated_themes(), *everyday_words().values(), *search_themes(limit=10_000)):
        check_sound(theme)


# --- which meaning wins ----------------------------------------------------------------------------------------------


def test_primates_are_the_twenty_primates() -> None:
    theme = resolve_theme("primates")
    assert (theme.name, theme.kind, len(theme.categories), theme.ordered) == ("primate", "wordnet", 20, False)
    assert {"gorilla", "baboon", "ring-tailed lemur"} <= set(members("primates"))
    assert theme.description.startswith("any placental mammal of the order Primates")


@pytest.mark.parametrize(
    ("typed", "name", "kind", "count"),
    [
        ("voyage", "voyage", "curated", 17),
        ("dog", "dog", "wordnet", 118),
        ("Dogs", "dog", "wordnet", 118),
        ("my dog", "dog", "wordnet", 118),
        ("musical instrument", "musical instrument", "wordnet", 26),
        ("musical_instruments", "musical instrument", "wordnet", 26),
        ("MUSICAL-INSTRUMENTS", "musical instrument", "wordnet", 26),
        ("vehicles", "vehicle", "wordnet", 67),
        ("wolves", "wolf", "wordnet", 4),
        ("fish", "fish", "wordnet", 16),
        ("birds of prey", "bird of prey", "wordnet", 4),
        ("n02469914", "primate", "wordnet", 20),
        ("game (animal)", "game (animal)", "wordnet", 7),
        ("geese", "goose", "category", 1),
        ("red fox", "red fox", "category", 1),
        ("281", "tabby cat", "category", 1),
        ("orcas", "killer whale", "category", 1),
        ("sunglass", "sunglass", "category", 1),
        ("sunglasses", "sunglasses", "category", 1),
        ("crane", "crane", "category", 2),
        ("crane (bird)", "crane (bird)", "category", 1),
        ("maillot", "maillot", "category", 2),
        ("panda", "panda", "category", 2),
        ("cardigan", "cardigan", "category", 1),
        ("boa", "boa", "wordnet", 2),
        ("ship", "ships", "curated", 15),
        ("fungi", "fungus", "curated", 8),
        ("amphibians", "amphibian", "curated", 8),
        ("everything", "everything", "curated", 1000),
    ],
)
def test_a_word_means_what_the_order_of_precedence_says(typed: str, name: str, kind: str, count: int) -> None:
    theme = resolve_theme(typed)
    assert (theme.name, theme.kind, len(theme.categories)) == (name, kind, count)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("moon", {"ping-pong ball", "golf ball", "bubble"}),
        ("rocket", {"space shuttle", "missile"}),
        ("elephants", {"Indian elephant", "African elephant"}),
        ("a phone", {"mobile phone", "dial telephone", "payphone"}),
        ("planes", {"airliner", "warplane", "wing (of a plane)"}),
        ("cats", {"tabby cat", "tiger cat", "Persian cat", "Siamese cat", "Egyptian cat"}),
        ("brass", {"trumpet", "trombone", "French horn", "saxophone"}),
    ],
)
def test_everyday_words_show_the_nearest_there_is(typed: str, expected: set[str]) -> None:
    assert set(members(typed)) == expected


@pytest.mark.parametrize(
    "typed",
    ["monkey", "bird", "car", "boat", "flower", "tree", "guitar", "pizza", "sun", "love", "city", "mountain", "horse"],
)
def test_common_wishes_are_understood(typed: str) -> None:
    check_sound(resolve_theme(typed))


# --- lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "moon > rocket > baboon",
        "moon>rocket>baboon",
        "Moon, Rockets, a baboon",
        "moon → rocket → baboon,",
        "moon->rocket->baboon",
    ],
)
def test_a_list_keeps_its_order_and_each_items_choices(typed: str) -> None:
    theme = resolve_theme(typed)
    assert (theme.kind, theme.ordered, theme.name) == ("list", True, "moon > rocket > baboon")
    assert theme.steps == tuple(resolve_theme(item).categories for item in ("moon", "rocket", "baboon"))
    assert set(theme.categories) == {index for step in theme.steps for index in step}


def test_a_list_of_one_is_no_list() -> None:
    assert resolve_theme("red fox >") == resolve_theme("red fox")


def test_a_list_may_repeat_itself_and_mix_themes_names_and_numbers() -> None:
    theme = resolve_theme("281, dogs, 281")
    assert [len(step) for step in theme.steps] == [1, 118, 1]
    assert len(theme.categories) == 119


def test_the_item_that_is_not_known_is_the_one_named() -> None:
    with pytest.raises(PipelineError) as refused:
        resolve_theme("moon > rokcet > baboon")
    assert refused.value.facts["query"] == "rokcet"
    assert "rocket" in suggested(refused.value)


@given(st.lists(st.sampled_from([theme.name for theme in search_themes(limit=10_000)]), min_size=2, max_size=6))
@settings(deadline=None, max_examples=50)
def test_any_list_of_themes_is_a_theme(names: list[str]) -> None:
    theme = resolve_theme(" > ".join(names))
    check_sound(theme)
    assert len(theme.steps) == len(names)
    assert resolve_theme(theme.name) == theme


# --- what is not understood ------------------------------------------------------------------------------------------


def suggested(error: PipelineError) -> tuple[str, ...]:
    suggestions = error.facts["suggestions"]
    assert isinstance(suggestions, tuple)
    return suggestions


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("primtes", "primate"),
        ("giutar", "guitar"),
        ("elephent", "elephant"),
        ("spce", "space"),
        ("vioage", "voyage"),
        ("musical insturment", "musical instrument"),
        ("scary halloween pumpkin", "halloween"),
        ("🦊", "fox"),
        ("🚀", "rocket"),
        ("🎃", "jack-o'-lantern"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(typed: str, meant: str) -> None:
    with pytest.raises(PipelineError) as refused:
        resolve_theme(typed)
    assert refused.value.code is ErrorCode.UNKNOWN_THEME
    assert meant in suggested(refused.value)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "\n\n",
        ",,,",
        ">",
        "\x00\x07",
        "\x1b[31mred",
        "🫥🫥",
        "x" * 100_000,
        "1000",
        "-1",
        "\u202e",
        "@everyone",
    ],
)
def test_nonsense_is_refused_with_suggestions_that_work(typed: str) -> None:
    with pytest.raises(PipelineError) as refused:
        resolve_theme(typed)
    assert refused.value.code is ErrorCode.UNKNOWN_THEME
    query = refused.value.facts["query"]
    assert isinstance(query, str)
    assert len(query) <= 60
    assert query.isprintable()
    assert 1 <= len(suggested(refused.value)) <= 4
    for name in suggested(refused.value):
        check_sound(resolve_theme(name))


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=60)
def test_any_text_is_a_theme_or_is_refused_with_suggestions_that_work(typed: str) -> None:
    try:
        understood = [resolve_theme(typed)]
    except PipelineError as error:
        refusal: ErrorCode | None = error.code
        understood = [resolve_theme(name) for name in suggested(error)]
    else:
        refusal = None
    assert refusal in {None, ErrorCode.UNKNOWN_THEME}
    for theme in understood:
        check_sound(theme)


# --- listing and completing ------------------------------------------------------------------------------------------


def test_a_listing_begins_with_the_sets_picked_by_hand() -> None:
    listed = search_themes(limit=10_000)
    count = len(curated_themes())
    assert tuple(listed[:count]) == curated_themes()
    assert {theme.kind for theme in listed[count:]} == {"wordnet"}
    assert len(search_themes()) == 25
    assert search_themes("  ") == search_themes(None)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("prim", "primate"),
        ("oce", "ocean"),
        ("guit", "guitar"),
        ("dog", "dog"),
        ("DOGS", "dog"),
        ("red f", "red fox"),
        ("281", "tabby cat"),
        ("city n", "city night"),
        ("moon > rocke", "moon > rocket"),
        ("moon > ", "moon > voyage"),
        ("cats, dogs, bird", "cat > dog > bird"),
        ("primtes", "primate"),
    ],
)
def test_completing_offers_the_likeliest_first(typed: str, first: str) -> None:
    assert search_themes(typed)[0].name == first


@given(st.text(alphabet="abcdefghimnoprstu >,-", max_size=12), st.integers(1, 30))
@settings(deadline=None, max_examples=60)
def test_whatever_is_offered_can_be_sent(typed: str, limit: int) -> None:
    offered = search_themes(typed, limit)
    assert len(offered) <= limit
    assert len({theme.name for theme in offered}) == len(offered)
    for theme in offered:
        assert resolve_theme(theme.name) == theme


def test_nothing_is_offered_after_an_item_that_is_not_known() -> None:
    assert search_themes("qwertyuiop > do") == []


# --- the sets picked by hand -----------------------------------------------------------------------------------------


def test_the_default_theme_of_a_recipe_is_the_first_set() -> None:
    assert curated_themes()[0].name == Recipe().theme == "voyage"


def test_a_voyage_shows_ships_planes_balloons_and_luggage() -> None:
    assert {"ocean liner", "schooner", "airliner", "balloon", "airship", "backpack"} <= set(members("voyage"))


def test_there_are_many_sets_of_sensible_size_each_described_in_one_sentence() -> None:
    assert len(curated_themes()) >= 60
    assert len(everyday_words()) >= 100
    for theme in curated_themes():
        assert 6 <= len(theme.categories) <= 20, theme.name
        assert 5 <= len(theme.description) <= 80, theme.name
        assert theme.description.endswith("."), theme.name


def test_the_file_names_no_category_twice_in_a_set_and_no_word_twice() -> None:
    document = tomllib.loads((ROOT / "pipeline" / "themes" / "themes.toml").read_text(encoding="utf-8"))
    named = [word_forms.key(name) for name in (*document["themes"], *document["words"])]
    assert len(set(named)) == len(named)
    sets = [record["members"] for record in document["themes"].values()]
    for listed in (*sets, *(target for target in document["words"].values() if isinstance(target, list))):
        assert len(set(listed)) == len(listed), listed


def test_no_everyday_word_is_hidden_behind_a_set() -> None:
    for word, theme in everyday_words().items():
        assert resolve_theme(word) == theme


def test_a_word_by_hand_keeps_the_category_of_that_name() -> None:
    for theme in (*curated_themes(), *everyday_words().values()):
        for index in by_display_name().get(word_forms.key(theme.name), ()):
            assert index in theme.categories, theme.name


def test_the_page_about_themes_is_current() -> None:
    spec = importlib.util.spec_from_file_location("make_theme_table", ROOT / "scripts" / "make_theme_table.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert (ROOT / "docs" / "themes.md").read_text(encoding="utf-8") == script.document()


@given(st.text(max_size=40))
def test_what_is_known_is_what_is_resolved(text: str) -> None:
    known = known_theme(text)
    try:
        assert resolve_theme(text) == known
    except PipelineError:
        assert known is None

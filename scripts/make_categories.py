"""Write pipeline/themes/categories.json: what the 1000 categories are called and what kinds of thing they are.

The numbers come from pytorch-pretrained-biggan (noun offset in WordNet 3.0 -> class index), the words from WordNet 3.0
itself. Run it again only when scripts/category_names.toml changes::

    python scripts/make_categories.py --wordnet /usr/share/wordnet     # Debian: apt-get install wordnet-base

The runtime reads the file and needs neither; the same inputs always write the same bytes.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "pipeline" / "themes" / "categories.json"
DISPLAY_NAMES = ROOT / "scripts" / "category_names.toml"
SOURCE = "WordNet 3.0, Copyright 2006 by Princeton University. All rights reserved. See WORDNET-LICENSE.txt."


@dataclass(frozen=True, slots=True)
class Synset:
    """One sense of WordNet: its words, what it is a kind (or an instance) of, and its definition."""

    names: tuple[str, ...]
    hypernyms: tuple[int, ...]
    gloss: str


def parse_noun(line: str) -> tuple[int, Synset]:
    """Read one line of data.noun (its format: wndb(5WN)).

    Returns
    -------
    offset : int
        The synset's identity in this release.
    synset : Synset
        Hypernyms and instance hypernyms together, in the file's order.
    """
    fields_text, gloss = line.split(" | ", 1)
    fields = fields_text.split()
    word_count = int(fields[3], 16)
    # Every word is followed by its lex_id, every pointer is (symbol, offset, part of speech, source/target).
    names = tuple(word.replace("_", " ") for word in fields[4 : 4 + 2 * word_count : 2])
    pointers = fields[5 + 2 * word_count :]
    symbols, offsets = pointers[0::4], pointers[1::4]
    count = int(fields[4 + 2 * word_count])
    hypernyms = tuple(int(offsets[i]) for i in range(count) if symbols[i] in {"@", "@i"})
    return int(fields[0]), Synset(names, hypernyms, definition(gloss))


def definition(gloss: str) -> str:
    """Keep a gloss's definition and drop its examples, which are quoted and come last."""
    return gloss.split('; "')[0].split(': "')[0].strip().rstrip(";")


def read_nouns(path: Path) -> dict[int, Synset]:
    """Read data.noun; its licence stands at its top, on lines that begin with two spaces."""
    with path.open(encoding="ascii") as lines:
        return dict(parse_noun(line) for line in lines if not line.startswith("  "))


def class_offsets() -> dict[int, int]:
    """Return {WordNet offset: class index} as pytorch-pretrained-biggan has it.

    Its package loads torch when imported, so the literal is read from the file's source.
    """
    package = importlib.util.find_spec("pytorch_pretrained_biggan")
    if package is None or package.submodule_search_locations is None:
        raise SystemExit("pytorch-pretrained-biggan is not installed")
    source = Path(package.submodule_search_locations[0], "utils.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and any(getattr(name, "id", None) == "IMAGENET" for name in node.targets):
            return {int(offset): int(index) for offset, index in ast.literal_eval(node.value).items()}
    raise SystemExit("pytorch-pretrained-biggan has no IMAGENET")


def ancestors(offsets: Iterable[int], nouns: Mapping[int, Synset]) -> set[int]:
    """Return everything above these synsets, along every path."""
    found: set[int] = set()
    waiting = list(offsets)
    while waiting:
        for hypernym in nouns[waiting.pop()].hypernyms:
            if hypernym not in found:
                found.add(hypernym)
                waiting.append(hypernym)
    return found


def wnid(offset: int) -> str:
    """Write an offset the way ImageNet does: n02119022."""
    return f"n{offset:08d}"


def names_of(display_name: str, synset: Synset) -> list[str]:
    """Put the name on display first; a qualifier in brackets belongs to the display alone."""
    bare = display_name.split(" (")[0]
    if bare in synset.names:
        bare_first = [bare, *(name for name in synset.names if name != bare)]
    else:
        bare_first = [bare, *synset.names]
    return list(dict.fromkeys(bare_first))


def document(nouns: Mapping[int, Synset], indices: Mapping[int, int], display: Mapping[int, str]) -> str:
    """Write the file's text: one category or ancestor to a line, so that a change reads well in a diff."""

    def line(**record: object) -> str:
        return json.dumps(record, ensure_ascii=False)

    offsets = {index: offset for offset, index in indices.items()}
    category_lines = []
    for index in range(len(offsets)):
        synset = nouns[offsets[index]]
        name = display.get(index, synset.names[0])
        category_lines.append(
            line(
                index=index,
                wnid=wnid(offsets[index]),
                name=name,
                names=names_of(name, synset),
                hypernyms=[wnid(hypernym) for hypernym in synset.hypernyms],
                gloss=synset.gloss,
            )
        )
    ancestor_lines = [
        line(
            wnid=wnid(offset),
            names=list(nouns[offset].names),
            hypernyms=[wnid(hypernym) for hypernym in nouns[offset].hypernyms],
            gloss=nouns[offset].gloss,
        )
        for offset in sorted(ancestors(offsets.values(), nouns))
    ]
    return (
        f'{{"source": {json.dumps(SOURCE)},\n'
        '"categories": [\n' + ",\n".join(category_lines) + "\n],\n"
        '"ancestors": [\n' + ",\n".join(ancestor_lines) + "\n]}\n"
    )


def main() -> None:
    """Read, join, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"), help="folder of data.noun")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    display = tomllib.loads(DISPLAY_NAMES.read_text(encoding="utf-8"))["names"]
    text = document(
        read_nouns(options.wordnet / "data.noun"),
        class_offsets(),
        {int(index): name for index, name in display.items()},
    )
    options.output.write_text(text, encoding="utf-8", newline="\n")
    print(f"{options.output}: {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main()

"""Where one link of a chained Ogg file ends and the next begins."""

from pipeline.media.ogg_chain import MOST_LINKS, links


def page(content: bytes, *, begins: bool = False, serial: int = 1) -> bytes:
    lacing = [255] * (len(content) // 255) + [len(content) % 255]
    header = b"OggS\0" + bytes([2 if begins else 0]) + bytes(8) + serial.to_bytes(4, "little") + bytes(8)
    return header + bytes([len(lacing), *lacing]) + content


LINK = page(b"head", begins=True) + page(b"x" * 300) + page(b"y" * 40)


def written(path, content):
    path.write_bytes(content)
    return path


def test_a_file_that_is_not_chained_is_one_link(tmp_path):
    assert links(written(tmp_path / "one.ogg", LINK)) == [(0, len(LINK))]


def test_streams_side_by_side_are_one_link(tmp_path):
    film = page(b"pictures", begins=True) + page(b"sound", begins=True, serial=2) + page(b"x") + page(b"y", serial=2)
    assert links(written(tmp_path / "film.ogg", film)) == [(0, len(film))]


def test_each_link_begins_where_streams_begin_again(tmp_path):
    size = len(LINK)
    assert links(written(tmp_path / "three.ogg", LINK * 3)) == [
        (0, size),
        (size, 2 * size),
        (2 * size, 3 * size),
    ]


def test_damage_between_pages_is_passed_over(tmp_path):
    damaged = LINK + b"?" * 500 + LINK
    assert links(written(tmp_path / "damaged.ogg", damaged)) == [(0, len(LINK) + 500), (len(LINK) + 500, len(damaged))]


def test_a_file_of_very_many_links_ends_in_one_piece(tmp_path):
    found = links(written(tmp_path / "many.ogg", LINK * 100))
    assert len(found) == MOST_LINKS
    assert found[-1] == ((MOST_LINKS - 1) * len(LINK), 100 * len(LINK))

"""The command line as a newcomer meets it: sounds in, clips out, and a sentence for everything that is wrong."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from bot.cli import INTERRUPTED
from bot.cli.commands import app
from tests.e2e.conftest import ENCODERS, FFMPEG, ROOT, ffmpeg
from tests.integration.pipeline.fetch.media_server import MediaServer, sound

pytestmark = pytest.mark.usefixtures("environment")
QUICK = ("--size", "128", "--fps", "12")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def described(clip: Path) -> str:
    """What ffmpeg says of a file."""
    return subprocess.run([FFMPEG, "-i", clip], capture_output=True, text=True).stderr


def duration_s(text: str) -> float:
    hours, minutes, seconds = re.findall(r"Duration: (\d+):(\d+):([\d.]+)", text)[0]
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def frames(clip: Path) -> bytes:
    return ffmpeg("-i", clip, "-map", "0:v", "-f", "framemd5", "-").stdout


@pytest.mark.parametrize("name", ENCODERS)
def test_every_kind_of_sound_becomes_a_clip(name: str, sounds: Path, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    result = run("render", sounds / name, "-o", clip, "--theme", "primates", *QUICK)
    assert result.exit_code == 0, result.output
    text = described(clip)
    assert re.search(r"Video: h264 .*yuv420p.*128x128.*12 fps", text)
    assert re.search(r"Audio: aac", text)
    assert duration_s(text) == pytest.approx(2.0, abs=1 / 12 + 0.03)  # an mp3 and an Opus file are longer by padding
    data = clip.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "it cannot be played while it arrives"


def test_a_clip_carries_the_recipe_that_makes_it_again(sounds: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.mp4", tmp_path / "second.mp4"
    run("render", sounds / "song.wav", "-o", first, "--categories", "baboon, volcano, 281", "--seed", 7, *QUICK)
    recipe = json.loads(run("recipe", first).stdout)
    assert [scene["category"] for scene in recipe["scenes"]][:2] == [372, 980]
    assert recipe["seed"] == 7
    assert run("render", sounds / "song.wav", "-o", second, "--recipe", first).exit_code == 0
    assert frames(first) == frames(second)


def test_points_of_one_s_own_are_where_the_scenes_are_and_stay_in_a_remix(sounds: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.mp4", tmp_path / "second.mp4"
    placed = run("render", sounds / "song.wav", "-o", first, "--points", "0.5,1.5", *QUICK)
    assert placed.exit_code == 0, placed.output
    recipe = json.loads(run("recipe", first).stdout)
    assert (recipe["points_s"], len(recipe["scenes"]), recipe["generator_version"]) == ([0.5, 1.5], 4, 1)
    older = json.dumps(recipe | {"generator_version": 999, "light": "soft"})
    (tmp_path / "recipe.json").write_text(older, encoding="utf-8")
    again = run("render", sounds / "song.wav", "-o", second, "--recipe", tmp_path / "recipe.json", "--seed", 8)
    assert "Version 999 of that painter has drawn it; here draws version 1" in " ".join(again.stderr.split())
    remixed = json.loads(run("recipe", second).stdout)
    assert (remixed["points_s"], remixed["light"], remixed["generator_version"]) == ([0.5, 1.5], "soft", 1)
    listed = run("analyze", sounds / "song.wav", "--points", "0.5,1.5").stdout
    assert listed.count("given") == 2
    late = run("analyze", sounds / "song.wav", "--points", "0.5,9")
    assert (late.exit_code, "it is over after 2 s" in late.stderr) == (1, True)


def test_the_command_line_knows_no_chat_s_limit_and_its_own_can_be_moved(
    sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANTERPRET_MAX_DURATION_S", "1")
    assert run("analyze", sounds / "song.wav").exit_code == 0
    assert run("render", sounds / "song.wav", "-o", tmp_path / "clip.mp4", *QUICK).exit_code == 0
    for arguments in (("analyze", sounds / "song.wav"), ("render", sounds / "song.wav", "-o", tmp_path / "b.mp4")):
        refused = run(*arguments, "--max-duration", "0:01")
        assert refused.exit_code == 1
        assert "longer than 1 s" in refused.stderr
        assert "--max-duration 2:00:00" in refused.stderr
    assert run("analyze", sounds / "song.wav", "--max-duration", "soon").exit_code == 1


@pytest.mark.parametrize("how", ["the same name", "another name", "a link", "another entry"])
def test_what_is_read_is_not_written_over(how: str, sounds: Path, tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes((sounds / "song.wav").read_bytes())
    (tmp_path / "folder").mkdir()
    out = {
        "the same name": song,
        "another name": tmp_path / "folder" / ".." / "song.wav",
        "a link": tmp_path / "link.wav",
        "another entry": tmp_path / "entry.wav",
    }[how]
    if how == "a link":
        out.symlink_to(song)
    elif how == "another entry":
        out.hardlink_to(song)
    for arguments in (("render", song, "-o", out, *QUICK), ("analyze", song, "--npz", out)):
        refused = run(*arguments)
        assert refused.exit_code == 1
        assert "would destroy it" in " ".join(refused.stderr.split())
    poster = run("render", song, "-o", tmp_path / "clip.mp4", "--poster", out, *QUICK)
    assert poster.exit_code == 1
    assert song.read_bytes() == (sounds / "song.wav").read_bytes()
    assert not (tmp_path / "clip.mp4").exists()


def test_a_clip_is_not_written_over_the_one_whose_recipe_it_takes_nor_over_its_own_poster(
    sounds: Path, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"a clip")
    over = run("render", sounds / "song.wav", "-o", clip, "--recipe", clip)
    twice = run("render", sounds / "song.wav", "-o", tmp_path / "new.mp4", "--poster", tmp_path / "new.mp4")
    assert (over.exit_code, twice.exit_code, clip.read_bytes()) == (1, 1, b"a clip")
    assert "asked for twice" in twice.stderr


def test_another_seed_is_another_clip(sounds: Path, tmp_path: Path) -> None:
    clips = [tmp_path / f"{seed}.mp4" for seed in (1, 2)]
    for seed, clip in enumerate(clips, start=1):
        run("render", sounds / "song.wav", "-o", clip, "--seed", seed, *QUICK)
    assert frames(clips[0]) != frames(clips[1])


def test_a_link_on_the_list_of_hosts_is_fetched(sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with MediaServer(song__mp3=sound((sounds / "song.mp3").read_bytes())) as server:
        link = server.link("song.mp3")
        refused = run("render", link, "-o", tmp_path / "clip.mp4", *QUICK)
        assert refused.exit_code == 1
        assert "private network" in refused.stderr
        assert server.asked == []
        monkeypatch.setenv("GANTERPRET_FETCH_ALLOW_HOSTS", server.host)
        assert run("render", link, "-o", tmp_path / "clip.mp4", *QUICK).exit_code == 0
    assert (tmp_path / "clip.mp4").exists()


def test_the_analysis_is_written_for_others_to_read(sounds: Path, tmp_path: Path) -> None:
    npz = tmp_path / "analysis.npz"
    result = run("analyze", sounds / "song.wav", "--preset", "paper", "--threshold", "0.01", "--npz", npz)
    assert result.exit_code == 0, result.output
    with np.load(npz) as analysis:
        tv, points, alphas = analysis["tv"], analysis["points"], analysis["alphas"]
        assert float(analysis["step_s"]) == pytest.approx(128 / 44_100)
    assert (points[0], points[-1]) == (0, len(tv) - 1)
    assert len(alphas) == len(tv) - 1
    assert alphas[-1] == 1.0


def test_a_clip_is_measured_for_flashes(sounds: Path, tmp_path: Path) -> None:
    calm, strobe = tmp_path / "calm.mp4", tmp_path / "strobe.mp4"
    assert run("render", sounds / "song.wav", "-o", calm, "--motion", "arrive", "--loop", *QUICK).exit_code == 0
    passed = run("flashes", calm)
    assert passed.exit_code == 0, passed.output
    light = "geq=lum='235*mod(N,2)':cb=128:cr=128"
    ffmpeg("-f", "lavfi", "-i", f"color=s=64x64:r=12:d=2,{light}", "-pix_fmt", "yuv420p", "-c:v", "libx264", strobe)
    failed = run("flashes", strobe)
    assert failed.exit_code == 1
    assert "fails WCAG" in failed.stdout
    assert run("flashes", sounds / "song.wav").exit_code == 1


def test_themes_are_listed_and_searched() -> None:
    assert "voyage" in run("themes").stdout
    assert "baboon" in run("themes", "primates").stdout


def test_a_category_can_be_looked_at(tmp_path: Path) -> None:
    assert run("sketch", "red fox", "-o", tmp_path / "fox.png", "--size", 128).exit_code == 0
    assert run("sketch", "bears", "--sheet", "-o", tmp_path / "bears.png").exit_code == 0
    assert (tmp_path / "fox.png").read_bytes().startswith(b"\x89PNG")


BAD_FILES = {
    "empty.wav": b"",
    "random.mp3": bytes(np.random.default_rng(1).integers(0, 256, 5000, dtype=np.uint8)),
    "letter.mp3": b"Dear ffmpeg, this is only a letter.\n" * 40,
    "list.mp3": b"#EXTM3U\nhttp://127.0.0.1:1/secret.mp3\n",
    "concat.wav": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "deep.json": b"[" * 100_000,
}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.wav"], "There is no such file"),
        (["empty.wav"], "empty"),
        (["random.mp3"], "sound"),  # chance decides whether noise looks like an mp3
        (["letter.mp3"], "not a sound or video file"),
        (["list.mp3"], "playlist"),
        (["concat.wav"], "playlist"),
        (["cut.flac"], "damaged"),
        (["silent.mp4"], "has no sound"),
        (["song.wav", "--theme", "primtes"], "Did you mean primate"),
        (["song.wav", "--model", "stylegan"], "I know no model “stylegan”"),
        (["song.wav", "--size", "300"], "128, 256 or 512"),
        (["song.wav", "--start", "1:00"], "over after 2 s"),
        (["song.wav", "--scenes", "1"], "scenes cannot be 1"),
        (["song.wav", "-o", "song.wav/clip.mp4"], "cannot be written"),
        (["song.wav", "--recipe", "song.wav"], "no recipe"),
        (["song.wav", "--recipe", "deep.json"], "recipe"),
        (["http://[::1"], "not a link that I can read"),
        (["http://127.0.0.1/a.mp3"], "private network"),
        (["https://blog.example/a.mp3"], "I do not fetch from blog.example"),
        (["song.wav", "--model", "no/such/folder"], "not on this machine"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_gets_a_sentence_and_leaves_nothing(
    arguments: list[str], sentence: str, sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, data in BAD_FILES.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "song.wav").write_bytes((sounds / "song.wav").read_bytes())
    (tmp_path / "cut.flac").write_bytes((sounds / "song.flac").read_bytes()[:60])
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64:d=1", tmp_path / "silent.mp4")
    before = sorted(tmp_path.rglob("*"))
    result = run("render", *arguments, *(() if "-o" in arguments else ("-o", "clip.mp4")))
    assert result.exit_code == 1, result.output
    assert sentence in result.stderr
    assert "Traceback" not in result.output
    left = [path for path in sorted(tmp_path.rglob("*")) if path not in before and path.parts[-1] != "cache"]
    assert left == []


def test_a_sound_that_is_too_long_is_refused_and_a_part_of_it_is_not(sounds: Path, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    refused = run("render", sounds / "song.wav", "-o", clip, "--max-duration", "1.5", *QUICK)
    assert refused.exit_code == 1
    assert "longer than 1.5 s" in refused.stderr
    assert (
        run("render", sounds / "song.wav", "-o", clip, "--max-duration", "1.5", "--duration", "1", *QUICK).exit_code
        == 0
    )


def test_ctrl_c_leaves_nothing_half_made(start: Callable[..., "subprocess.Popen[str]"], sounds: Path) -> None:
    folder = sounds.parent / "interrupted"
    folder.mkdir()
    long = folder.parent / "long.wav"
    ffmpeg("-stream_loop", "60", "-i", sounds / "song.wav", long)
    process = start("render", long, "-o", folder / "clip.mp4", "--size", "512")
    deadline_s = time.monotonic() + 60
    # The film itself has begun: its unfinished file lies in the hidden folder beside where it will be.
    while not any(folder.glob(".clip.mp4.*/clip.mp4")):
        assert time.monotonic() < deadline_s
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED, said
    assert "Interrupted" in said
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("length", [2**62, 2**63 + 16, 2**64 - 1])
def test_a_film_that_lies_about_its_lengths_has_no_recipe(length: int, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\1mdat" + length.to_bytes(8, "big"))
    result = run("recipe", clip)
    assert result.exit_code == 1, result.output
    assert "no recipe" in result.stderr


def test_results_that_cannot_be_written_get_a_sentence(sounds: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for arguments in (
        ("analyze", sounds / "song.wav", "--npz", tmp_path / "no" / "such.npz"),
        ("sketch", "fox", "-o", tmp_path / "no" / "such.png", "--size", 128),
        ("demo", "-o", tmp_path / "file"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1, result.output
        assert "cannot be written" in result.stderr


# Sends Ctrl-C to the process when it looks for its n-th module since the command line began to load.
INTERRUPTING = """
import os, signal, sys

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

class Interrupting:
    left = int(os.environ["INTERRUPT_AT"])

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name == "bot.cli.commands" or cls.begun:
            cls.begun = True
            cls.left -= 1
            if cls.left == 0:
                # Within a text that is executed, too: some libraries are loaded by one.
                eval(os.environ["INTERRUPT_BY"]) if "INTERRUPT_BY" in os.environ else interrupt()
        return None

    begun = False

sys.meta_path.insert(0, Interrupting)
"""


@pytest.mark.parametrize("text", [{}, {"INTERRUPT_BY": "interrupt()"}], ids=["by itself", "in a text"])
@pytest.mark.parametrize("moment", [1, 2, 60, 140, 170, 240])
def test_ctrl_c_while_a_command_is_being_loaded_is_answered_like_any_other(
    moment: int, text: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTING, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "INTERRUPT_AT": str(moment), **text}
    command = [sys.executable, "-m", "bot.cli", "themes", "ocean"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=60)
    assert done.returncode == INTERRUPTED, done.stderr
    assert done.stderr.count("Interrupted; nothing half-made was left behind.") == 1
    assert "Traceback" not in done.stderr


def test_a_small_command_waits_for_neither_chats_nor_database_nor_torch() -> None:
    program = (
        "import sys; from typer.testing import CliRunner; from bot.cli.commands import app;"
        "assert CliRunner().invoke(app, ['themes', 'ocean']).exit_code == 0;"
        "print([name for name in ('discord', 'telegram', 'sqlalchemy', 'torch', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"


def test_a_misspelt_command_is_told_its_like() -> None:
    result = run("themez")
    assert result.exit_code == 2
    assert "Did you mean 'themes'?" in result.output

"""Compose the sample sound: eight bars, made of arithmetic and one seed.

``python scripts/make_sample_sound.py`` writes ``pipeline/sample.m4a``; ``--wav`` keeps the uncompressed mix instead.

A pad alone, then plucks over a bass, then drums, a bar of almost nothing, and a last chord: sections that begin at
known moments, so that a film made from it shows at a glance whether it follows the sound.
"""

from __future__ import annotations

import argparse
import subprocess
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float64]  # (samples,)
Stereo = NDArray[np.float64]  # (2, samples)

SAMPLE_RATE_HZ = 44_100
BEAT_S = 0.625  # 96 beats a minute: eight bars of four last 20 s exactly
BAR_S = 4 * BEAT_S
BARS = 8
SAMPLES = round(BARS * BAR_S * SAMPLE_RATE_HZ)
PEAK = 10 ** (-1.5 / 20)  # room for what the encoder adds

# Chords as MIDI notes, one to a bar: Am9, Fmaj7, Cmaj7, Gsus2, Am9, Fmaj7, Dm9, Cmaj9.
CHORDS = (
    (45, 60, 64, 67, 71),
    (41, 60, 64, 65, 69),
    (48, 59, 64, 67, 71),
    (43, 57, 62, 67, 71),
    (45, 60, 64, 67, 71),
    (41, 60, 64, 65, 69),
    (38, 60, 64, 65, 69),
    (36, 59, 62, 64, 67),
)
# Sixteenths of a bar and which note of the chord is plucked there, an octave up.
ARPEGGIO = ((0, 1), (3, 3), (4, 2), (6, 4), (8, 1), (10, 3), (11, 4), (14, 2))
# The tune over the quiet bars: bar, then beats of it and MIDI notes.
TUNE = {
    0: ((0.0, 72), (1.5, 76), (2.5, 79), (3.0, 83)),
    1: ((0.0, 81), (1.5, 79), (2.5, 76)),  # a breath before the plucks come in
    6: ((0.0, 77), (1.5, 76)),
}


def frequency_hz(note: float) -> float:
    return float(440.0 * 2.0 ** ((note - 69) / 12))


def seconds(duration_s: float) -> Mono:
    return np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def panned(sound: Mono, place: float) -> Stereo:
    """Place a sound between left (-1) and right (1) at constant power."""
    angle = (place + 1) * np.pi / 4
    return np.stack((sound * np.cos(angle), sound * np.sin(angle)))


def add(mix: Stereo, sound: Stereo, at_s: float) -> None:
    start = round(at_s * SAMPLE_RATE_HZ)
    end = min(mix.shape[1], start + sound.shape[1])
    mix[:, start:end] += sound[:, : end - start]


def pad(chord: tuple[int, ...], rng: np.random.Generator, brightness: float) -> Stereo:
    """Soft chord that overlaps its neighbours; each ear hears its own slight mistuning."""
    attack_s, release_s = 0.35, 0.9
    t = seconds(BAR_S + release_s)
    envelope = np.clip(t / attack_s, 0, 1) ** 2 * np.clip((BAR_S + release_s - t) / release_s, 0, 1) ** 2
    out = np.zeros((2, t.size))
    for note in chord[1:]:
        for ear in range(2):
            for cents in (-7.0, 0.0, 6.0):
                base = frequency_hz(note + (cents + rng.normal(0, 1.5)) / 100)
                for harmonic in range(1, 9):
                    swell = 1 + 0.35 * np.sin(2 * np.pi * (0.21 * t + rng.random()))
                    level = np.exp(-harmonic * base / (500 + 900 * brightness)) / harmonic
                    out[ear] += level * swell * np.sin(2 * np.pi * (harmonic * base * t + rng.random()))
    return out * envelope * 0.05


def pluck(note: int, velocity: float) -> Mono:
    """A string of harmonics, the upper ones dying first."""
    t = seconds(1.6)
    base = frequency_hz(note)
    out = np.zeros(t.size)
    for harmonic in range(1, 14):
        stretched = harmonic * base * np.sqrt(1 + 2e-4 * harmonic**2)
        if stretched < 12_000:
            comb = abs(np.sin(np.pi * harmonic * 0.19))  # plucked at a fifth of its length
            out += comb / harmonic * np.exp(-t * (2.2 + 1.3 * harmonic)) * np.sin(2 * np.pi * stretched * t)
    return velocity * out * np.clip(t / 0.002, 0, 1)


def bell(note: int, velocity: float) -> Mono:
    """Two sines, one bending the other (FM): a glassy electric piano."""
    t = seconds(2.6)
    base = frequency_hz(note)
    bend = 1.6 * np.exp(-t * 7) * np.sin(2 * np.pi * base * 3.0 * t)
    tine = 0.25 * np.exp(-t * 18) * np.sin(2 * np.pi * base * 7.01 * t)
    return velocity * np.exp(-t * 1.9) * np.clip(t / 0.004, 0, 1) * (np.sin(2 * np.pi * base * t + bend) + tine)


def bass(note: int, duration_s: float) -> Mono:
    t = seconds(duration_s)
    base = frequency_hz(note)
    envelope = np.clip(t / 0.008, 0, 1) * np.exp(-t * 1.2) * np.clip((duration_s - t) / 0.05, 0, 1)
    wave_ = np.sin(2 * np.pi * base * t) + 0.35 * np.sin(4 * np.pi * base * t) + 0.12 * np.sin(6 * np.pi * base * t)
    return np.tanh(1.4 * wave_) * envelope


def kick() -> Mono:
    t = seconds(0.35)
    phase = 2 * np.pi * (46 * t + (150 - 46) / 26 * (1 - np.exp(-26 * t)))
    return np.sin(phase) * np.exp(-t * 9) + 0.3 * np.exp(-t * 400)


def band(noise: Mono, low_hz: float, high_hz: float) -> Mono:
    """Keep a band of a sound, with soft edges."""
    spectrum = np.fft.rfft(noise)
    hz = np.fft.rfftfreq(noise.size, 1 / SAMPLE_RATE_HZ)
    shape = 1 / (1 + (low_hz / np.maximum(hz, 1.0)) ** 6) / (1 + (hz / high_hz) ** 6)
    return np.fft.irfft(spectrum * shape, noise.size)


def snare(rng: np.random.Generator) -> Mono:
    t = seconds(0.3)
    rattle = band(rng.standard_normal(t.size), 1200, 8000) * np.exp(-t * 19)
    body = np.sin(2 * np.pi * 188 * t) * np.exp(-t * 28)
    return 0.55 * rattle + 0.7 * body


def hat(rng: np.random.Generator, decay: float) -> Mono:
    t = seconds(0.25)
    return band(rng.standard_normal(t.size), 7000, 14_000) * np.exp(-t * decay)


def echoes(dry: Stereo, delay_s: float, feedback: float) -> Stereo:
    """Repeat from ear to ear, each time duller."""
    out = np.zeros_like(dry)
    tap = dry
    delay = round(delay_s * SAMPLE_RATE_HZ)
    for _ in range(4):
        tap = np.pad(tap[::-1, :-delay], ((0, 0), (delay, 0))) * feedback
        tap = (tap + np.roll(tap, 1, axis=1)) / 2
        out += tap
    return out


def room(dry: Stereo, rng: np.random.Generator, decay_s: float) -> Stereo:
    """Reverberate: convolve with noise that dies away, its own for each ear."""
    t = seconds(decay_s)
    size = 1 << int(np.ceil(np.log2(SAMPLES + t.size)))
    out = np.empty_like(dry)
    for ear in range(2):
        response = band(rng.standard_normal(t.size), 180, 4500) * np.exp(-t * 6.9 / decay_s) * np.clip(t / 0.012, 0, 1)
        response /= np.sqrt((response**2).sum())
        wet = np.fft.irfft(np.fft.rfft(dry[ear], size) * np.fft.rfft(response, size), size)
        out[ear] = wet[:SAMPLES]
    return out


def compose(seed: int = 7) -> Stereo:
    """Play all eight bars.

    Returns
    -------
    float64, shape (2, SAMPLES)
        Peak at -1.5 dB.
    """
    rng = np.random.default_rng(seed)
    pads, plucks, bells, basses, drums = (np.zeros((2, SAMPLES)) for _ in range(5))
    kicks_s: list[float] = []
    brightness = (0.1, 0.3, 0.5, 0.6, 0.8, 1.0, 0.2, 0.7)

    for bar, chord in enumerate(CHORDS):
        bar_s = bar * BAR_S
        add(pads, pad(chord, rng, brightness[bar]), max(0.0, bar_s - 0.1))
        for beat, note in TUNE.get(bar, ()):
            add(bells, panned(bell(note, 0.5), rng.uniform(-0.5, 0.5)), bar_s + beat * BEAT_S)
        if bar in (2, 3, 4, 5):
            for sixteenth, voice in ARPEGGIO:
                late_s = abs(rng.normal(0, 0.004))  # a hand, not a clock
                sound = pluck(chord[voice] + 12, 0.55 + 0.25 * (sixteenth % 4 == 0) + rng.uniform(0, 0.1))
                add(plucks, panned(sound, 0.7 * np.sin(sixteenth)), bar_s + sixteenth * BEAT_S / 4 + late_s)
            for beat, length_s in ((0.0, 1.3), (1.5, 0.3), (2.5, 0.8)):
                add(basses, panned(bass(chord[0], length_s * BEAT_S * 1.2), 0.0), bar_s + beat * BEAT_S)
        if bar in (4, 5):
            for beat in (0.0, 1.75, 2.5) if bar == 4 else (0.0, 0.75, 2.0, 2.5):
                add(drums, panned(0.95 * kick(), 0.0), bar_s + beat * BEAT_S)
                kicks_s.append(bar_s + beat * BEAT_S)
            for beat in (1.0, 3.0) if bar == 4 else (1.0, 3.0, 3.5, 3.75):
                add(drums, panned(0.5 * snare(rng), 0.1), bar_s + beat * BEAT_S)
            for eighth in range(8):
                loud = 0.16 if eighth % 2 else 0.1
                add(drums, panned(loud * hat(rng, 18 if eighth == 7 else 60), 0.35), bar_s + eighth * BEAT_S / 2)
    # The last chord: everybody once, and let it ring.
    end_s = (BARS - 1) * BAR_S
    add(drums, panned(kick(), 0.0), end_s)
    kicks_s.append(end_s)
    add(basses, panned(bass(CHORDS[-1][0], 2.3), 0.0), end_s)
    for voice in range(1, 5):
        strum_s = end_s + 0.022 * voice
        add(plucks, panned(pluck(CHORDS[-1][voice] + 12, 0.8), voice / 2.5 - 1), strum_s)
        add(bells, panned(bell(CHORDS[-1][voice] + 12, 0.28), 1 - voice / 2.5), strum_s)

    # The pad makes way for each kick, as on any dance record.
    t = np.arange(SAMPLES) / SAMPLE_RATE_HZ
    for kick_s in kicks_s:
        since = t - kick_s
        pads *= np.where(since >= 0, 1 - 0.45 * np.exp(-np.maximum(since, 0) * 7), 1.0)

    plucks += echoes(plucks, 0.75 * BEAT_S, 0.42)
    bells += echoes(bells, 1.5 * BEAT_S, 0.4)
    dry = 0.95 * pads + 0.5 * plucks + 0.34 * bells + 0.42 * basses + 0.7 * drums
    mix = dry + 0.55 * room(0.8 * pads * 0.5 + 0.5 * plucks + 0.5 * bells + 0.12 * drums, rng, 2.2)
    mix = np.tanh(1.1 * mix / np.quantile(np.abs(mix), 0.9995))
    mix *= np.clip(t / 0.05, 0, 1) * np.clip((t[-1] - t) / 0.9, 0, 1) ** 1.5
    return mix * PEAK / np.abs(mix).max()


def write_wav(sound: Stereo, path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(np.round(sound.T * 32767).astype("<i2").tobytes())


def encode(wav: Path, out: Path) -> None:
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(),
            *("-hide_banner", "-loglevel", "error", "-y", "-i", str(wav)),
            *("-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-metadata", "title=Eight Bars"),
            *("-fflags", "+bitexact", "-flags:a", "+bitexact", str(out)),
        ],
        check=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Compose the bundled sample sound.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "pipeline" / "sample.m4a")
    parser.add_argument("--wav", type=Path, help="write the uncompressed mix here and stop")
    arguments = parser.parse_args()
    wav = arguments.wav or arguments.out.with_suffix(".tmp.wav")
    write_wav(compose(), wav)
    if arguments.wav is None:
        encode(wav, arguments.out)
        wav.unlink()


if __name__ == "__main__":
    main()

// The elementwise steps of the BigGAN engine for processors: what steps.py does, each in one pass over memory.
//
// Maps are (pictures, pixels, channels), channels last and contiguous. Factors are float32, one row per picture, rows
// `factor_stride` apart. Everything is computed in float32 and rounded once. One core does one call: cores draw
// pictures of their own (cpu.py). Built at run time by native.py, without any header of torch.

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace {

using Index = std::int64_t;

struct BFloat16 {
    std::uint16_t bits;
};

inline float load(float value) { return value; }

inline float load(BFloat16 value) {
    const std::uint32_t bits = std::uint32_t(value.bits) << 16;
    float result;
    std::memcpy(&result, &bits, sizeof result);
    return result;
}

inline void store(float& place, float value) { place = value; }

inline void store(BFloat16& place, float value) {  // to the nearest, ties away from zero; a NaN never comes here
    std::uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    place.bits = std::uint16_t((bits + 0x8000) >> 16);
}

inline float relu(float value) { return value > 0 ? value : 0; }

template <class T>
inline void affine_relu_pixel(const T* in, T* out, const float* __restrict scale, const float* __restrict shift,
                              Index channels) {
    for (Index c = 0; c < channels; ++c) store(out[c], relu(load(in[c]) * scale[c] + shift[c]));
}

template <class T>
void affine_relu(T* maps, const float* scale, const float* shift, Index factor_stride, Index pictures, Index pixels,
                 Index channels) {
    for (Index p = 0; p < pictures * pixels; ++p) {
        const Index factors = p / pixels * factor_stride;
        affine_relu_pixel(maps + p * channels, maps + p * channels, scale + factors, shift + factors, channels);
    }
}

// phases: (pictures, height + 1, width + 1, 2, 2, channels); out: (pictures, height, 2, width, 2, channels)
template <class T>
void interleave_affine_relu(const T* phases, T* out, const float* scale, const float* shift, Index factor_stride,
                            Index pictures, Index height, Index width, Index channels) {
    for (Index row = 0; row < pictures * height * 2; ++row) {
        const Index picture = row / (2 * height), i = row / 2 % height, parity = row % 2;
        const Index factors = picture * factor_stride;
        const T* __restrict from = phases + ((picture * (height + 1) + i + parity) * (width + 1) * 4 + parity * 2) * channels;
        T* __restrict to = out + row * 2 * width * channels;
        for (Index column = 0; column < 2 * width; ++column) {
            const Index source = (column / 2 + column % 2) * 4 + column % 2;
            affine_relu_pixel(from + source * channels, to + column * channels, scale + factors, shift + factors,
                              channels);
        }
    }
}

// branch: (pictures, height, width, channels), becomes what the next block takes.
// skip: (pictures, height / zoom, width / zoom, skip_channels), of which the first `channels` are used.
// stream: as branch, gets the sum; or null where nobody asks for it.
template <class T>
void join_affine_relu(T* branch, const T* skip, T* stream, const float* scale, const float* shift, Index factor_stride,
                      Index pictures, Index height, Index width, Index channels, Index skip_channels, Index zoom) {
    for (Index row = 0; row < pictures * height; ++row) {
        const Index factors = row / height * factor_stride;
        const float* __restrict scales = scale + factors;
        const float* __restrict shifts = shift + factors;
        const T* skip_row = skip + row / zoom * (width / zoom) * skip_channels;
        for (Index column = 0; column < width; ++column) {
            T* maps = branch + (row * width + column) * channels;
            const T* __restrict skipped = skip_row + column / zoom * skip_channels;
            if (stream) {
                T* __restrict sums = stream + (row * width + column) * channels;
                for (Index c = 0; c < channels; ++c) {
                    const float sum = load(maps[c]) + load(skipped[c]);
                    store(sums[c], sum);
                    store(maps[c], relu(sum * scales[c] + shifts[c]));
                }
            } else {
                for (Index c = 0; c < channels; ++c)
                    store(maps[c], relu((load(maps[c]) + load(skipped[c])) * scales[c] + shifts[c]));
            }
        }
    }
}

// taps: (pictures, height, width, 9, 3), what each pixel gives to its neighbours; sums: (pictures, height, width, 3).
template <class T>
void sum_taps(const T* taps, const float* bias, float* sums, Index pictures, Index height, Index width) {
    for (Index row = 0; row < pictures * height; ++row) {
        float* to = sums + row * width * 3;
        for (Index k = 0; k < width * 3; ++k) to[k] = bias[k % 3];
        for (Index tap = 0; tap < 9; ++tap) {
            const Index down = tap / 3 - 1, right = tap % 3 - 1, y = row % height + down;
            if (y < 0 || y >= height) continue;
            const T* from = taps + ((row + down) * width * 9 + tap) * 3;
            const Index first = std::max<Index>(0, -right), last = width - std::max<Index>(0, right);
            for (Index x = first; x < last; ++x)
                for (Index colour = 0; colour < 3; ++colour)
                    to[x * 3 + colour] += load(from[(x + right) * 27 + colour]);
        }
    }
}

}  // namespace

#define EXPORT(T, SUFFIX)                                                                                              \
    extern "C" void affine_relu_##SUFFIX(T* maps, const float* scale, const float* shift, Index factor_stride,         \
                                         Index pictures, Index pixels, Index channels) {                               \
        affine_relu(maps, scale, shift, factor_stride, pictures, pixels, channels);                                    \
    }                                                                                                                  \
    extern "C" void interleave_affine_relu_##SUFFIX(const T* phases, T* out, const float* scale, const float* shift,   \
                                                    Index factor_stride, Index pictures, Index height, Index width,    \
                                                    Index channels) {                                                  \
        interleave_affine_relu(phases, out, scale, shift, factor_stride, pictures, height, width, channels);           \
    }                                                                                                                  \
    extern "C" void join_affine_relu_##SUFFIX(T* branch, const T* skip, T* stream, const float* scale,                 \
                                              const float* shift, Index factor_stride, Index pictures, Index height,   \
                                              Index width, Index channels, Index skip_channels, Index zoom) {          \
        join_affine_relu(branch, skip, stream, scale, shift, factor_stride, pictures, height, width, channels,         \
                         skip_channels, zoom);                                                                         \
    }                                                                                                                  \
    extern "C" void sum_taps_##SUFFIX(const T* taps, const float* bias, float* sums, Index pictures, Index height,     \
                                      Index width) {                                                                   \
        sum_taps(taps, bias, sums, pictures, height, width);                                                           \
    }

EXPORT(float, float32)
EXPORT(BFloat16, bfloat16)

# The bot and its worker in one image. Everything that must last lies under /var/lib/ganterpret: mount a volume there.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/var/lib/ganterpret/cache \
    GANTERPRET_HOME=/var/lib/ganterpret

WORKDIR /opt/ganterpret

# Dependencies first, so that a change of ours does not install them again.
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY pipeline/themes/WORDNET-LICENSE.txt pipeline/themes/
COPY bot bot
COPY pipeline pipeline
COPY storage storage
COPY alembic alembic
# torch's CPU build is smaller by gigabytes; pass --build-arg TORCH_INDEX= for the one with CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url ${TORCH_INDEX}} --constraint constraints.txt '.[links]'

RUN useradd --system --home-dir /var/lib/ganterpret --create-home ganterpret
USER ganterpret
VOLUME /var/lib/ganterpret

STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1m --timeout=20s CMD ["ganterpret", "doctor", "--quiet"]
ENTRYPOINT ["ganterpret"]
CMD ["serve"]

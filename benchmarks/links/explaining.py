"""How many errors of yt-dlp become the right sentence, in every language, said of the site that made them."""

from __future__ import annotations

from benchmarks.links.error_forms import FORMS, Form
from bot.screens.messages import LANGUAGES, explain
from pipeline.errors import ErrorCode, PipelineError
from pipeline.fetch.site_errors import code_of
from pipeline.fetch.sites.listed import SITES

# What a person can do: attach the sound, try later, or send another link.
HELP = {
    "en": ("ttach", "again", "nother", "shorter", "end a"),
    "de": ("äng", "noch einmal", "anderen", "kürzer", "chick"),
}
# Nothing that a person does helps against these; the owner is who has to.
_FOR_THE_OWNER = frozenset({ErrorCode.DISK_FULL})


def faults(form: Form) -> list[str]:
    """Return what is wrong with what is made of an error; empty where nothing is."""
    raised = type(form.raised, (Exception,), {})(form.text)
    code = code_of(f"ERROR: [x] y: {form.text}", raised, site=form.site, has_solver=form.has_solver)
    if code != form.code:
        return [f"{code} instead of {form.code}"]
    found = []
    for language in LANGUAGES:
        sentence = explain(_error(code, form), language)
        others = [site.name for site in SITES if site.name != form.site and site.name in sentence]
        if others:
            found.append(f"{language}: says {others} of {form.site}")
        if code not in _FOR_THE_OWNER and not any(words in sentence for words in HELP[language]):
            found.append(f"{language}: offers nothing: {sentence}")
    return found


def _error(code: ErrorCode, form: Form) -> PipelineError:
    facts = {"site": form.site, "host": "host.example", "reason": form.text, "path": "x"}
    return PipelineError(code, **facts, limit_bytes=1, allowed=())


def report() -> str:
    """Return the count, and the errors that are explained otherwise."""
    wrong = {form: found for form in FORMS if (found := faults(form))}
    lines = [
        f"errors of yt-dlp: {len(FORMS) - len(wrong)} of {len(FORMS)} explained right, in {len(LANGUAGES)} languages"
    ]
    return "\n".join([*lines, *(f"  {form.site}: {form.text[:70]}: {found}" for form, found in wrong.items())])

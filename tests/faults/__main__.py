"""Seeded random histories against the real stack: `python -m tests.faults --runs 500 --seed 1`, or `make faults`.

Prints a table by fault and, last, one JSON line. Exit code 1 when anything was lost, doubled, stuck or wrong. A history
that failed is told with its seed and its steps; `--runs 1 --seed <that>` runs it again.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.history import Story


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=50, help="how many histories (default: 50)")
    parser.add_argument("--seed", type=int, default=1, help="the first history's seed; the others follow (default: 1)")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs, whatever happens")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="mobly-faults-"))
    _prepare(folder)
    stories = _run(folder, options.runs, options.seed)
    failed = [story for story in stories if story.problems]
    _say(_table(stories))
    if failed or options.keep:
        _say(f"The logs are in {folder}.")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    _say(json.dumps(_sum(stories)))
    return 1 if failed or len(stories) < options.runs else 0


def _prepare(folder: Path) -> None:
    """Settings first, then Django: nothing of the product is imported before."""
    for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "SANDBOX_PORT_BASE"):
        os.environ.pop(name, None)
    from tests.faults.setting import SETTINGS

    os.environ.update(SETTINGS, DJANGO_SETTINGS_MODULE="mobly_sync.settings")
    import django

    django.setup()
    log = folder / "logs" / "program.log"
    log.parent.mkdir(parents=True)
    logging.basicConfig(filename=log, force=True, format="%(asctime)s %(levelname)s %(name)s %(message)s", level="INFO")


def _run(folder: Path, runs: int, seed: int) -> list[Story]:
    from tests.faults.ground import Ground
    from tests.faults.history import lived

    stories: list[Story] = []
    began = time.monotonic()
    try:
        with Ground(folder) as ground:
            for number in range(runs):
                story = lived(ground, seed + number)
                stories.append(story)
                if story.problems:
                    _say(_told(story))
                if (number + 1) % 25 == 0:
                    wrong = sum(bool(one.problems) for one in stories)
                    _say(f"{number + 1} of {runs} histories in {time.monotonic() - began:.0f} s, {wrong} failed.")
    except KeyboardInterrupt:
        _say(f"Stopped by hand after {len(stories)} of {runs} histories; the table counts those.")
    return stories


def _told(story: Story) -> str:
    lines = [f"History {story.seed} ({story.vendor}) failed:"]
    lines += [f"  {problem.verdict.upper()}: {problem.words}" for problem in story.problems]
    lines += [f"    {number:2}. {words}" for number, words in enumerate(story.steps, start=1)]
    return "\n".join([*lines, f"  Again: make faults RUNS=1 SEED={story.seed}"])


def _table(stories: Sequence[Story]) -> str:
    struck = Counter(kind for story in stories for kind, _ in story.blows)
    hit = Counter(kind for story in stories for kind, really in story.blows if really)
    wide = max([len(kind) for kind in struck] or [5])
    lines = [f"{'fault':{wide}}  struck   hit"]
    lines += [f"{kind:{wide}}  {struck[kind]:6}  {hit[kind]:4}" for kind in sorted(struck)]
    return "\n".join(lines)


def _sum(stories: Sequence[Story]) -> dict[str, int]:
    from tests.faults.judging import sums

    return {
        "runs": len(stories),
        "leads": sum(story.leads for story in stories),
        "faults": sum(really for story in stories for _, really in story.blows),
        **sums(problem for story in stories for problem in story.problems),
    }


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

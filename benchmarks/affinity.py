"""How well the affinity agrees with what reviewers say of their own expertise, by the gold standard's official loss.

    python benchmarks/affinity.py FOLDER [--engine words|embedding] [--variants]
    python benchmarks/affinity.py --speed

FOLDER holds the gold standard of Stelmakh et al. (2023, arXiv 2303.16750, github.com/niharshah/goldstandard-reviewer-paper-match):
`evaluations.csv`, and the data sets `d_20_1` to `d_20_10` as folders or in `evaluation_datasets_d_20.tar.gz`. Nothing of it is kept.

The loss, as the data set's authors compute it: for every participant, every two papers of different expertise; the
difference of expertise is lost if the scores put them in the wrong order, half of it if the scores are equal; all that is lost
divided by all that could be. Titles and abstracts; the mean over the ten data sets, which differ in the sample of own papers.

The recipe was chosen with this data in sight. `--variants` measures it beside others and says what such a choice is
worth on people it was not chosen on: 1,000 times the best on a random half of the participants, measured on the other half.
`--speed` times made-up papers.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import statistics
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reviews.domain.affinity import BEST, Engine, Text, affinities  # noqa: E402
from reviews.domain.affinity_embedding import Embedding, NotInstalled  # noqa: E402
from reviews.domain.affinity_words import Recipe, Words  # noqa: E402

DATA_SETS = [f"d_20_{number}" for number in range(1, 11)]
RESAMPLES = 1000
SEED = 2023

Losses = Mapping[str, tuple[float, float]]
"""Participant → (what is lost, what could be)."""


@dataclass(frozen=True)
class DataSet:
    submissions: Mapping[str, Text]
    own_papers: Mapping[str, Sequence[Text]]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, help="the folder with evaluations.csv")
    parser.add_argument("--engine", choices=["words", "embedding"], default="words")
    parser.add_argument(
        "--variants", action="store_true", help="measure other recipes as well, and the choice itself"
    )
    parser.add_argument(
        "--speed", action="store_true", help="time 1,000 submissions and 300 members, made up"
    )
    chosen = parser.parse_args()
    if chosen.speed:
        speed()
        return 0
    if chosen.folder is None or not (chosen.folder / "evaluations.csv").is_file():
        parser.error("FOLDER must hold evaluations.csv of the gold standard")
    expertise = read_expertise(chosen.folder / "evaluations.csv")
    data_sets = read_data_sets(chosen.folder)
    if chosen.engine == "embedding":
        try:
            engine = Embedding()
        except NotInstalled as error:
            parser.error(str(error))
        for best in (BEST, 3):
            report(
                f"embedding, best {best}",
                [measure(one, expertise, lambda _: engine, best) for one in data_sets],
            )
        return 0
    usual = [measure(one, expertise, Words) for one in data_sets]
    report("words", usual)
    if chosen.variants:
        report_variants(usual, data_sets, expertise)
    return 0


def measure(
    data: DataSet,
    expertise: Mapping[str, Mapping[str, float]],
    engine: Callable[[Sequence[Text]], Engine],
    best: int = BEST,
) -> Losses:
    """What each participant loses on one data set."""
    members = sorted(expertise)
    texts = list(data.submissions.values())
    found = affinities(engine(texts), texts, [data.own_papers[member] for member in members], best=best)
    row = {paper: index for index, paper in enumerate(data.submissions)}
    losses = {}
    for column, member in enumerate(members):
        lost = possible = 0.0
        for one, other in combinations(expertise[member], 2):
            truth = expertise[member][one] - expertise[member][other]
            said = found.scores[row[one], column] - found.scores[row[other], column]
            possible += abs(truth)
            lost += abs(truth) if said * truth < 0 else abs(truth) / 2 if said == 0 else 0.0
        losses[member] = (lost, possible)
    return losses


def loss(losses: Losses, members: Sequence[str] | None = None) -> float:
    """The official loss over these participants, repetitions counted."""
    chosen = list(losses) if members is None else members
    return sum(losses[member][0] for member in chosen) / sum(losses[member][1] for member in chosen)


def mean_loss(runs: Sequence[Losses], members: Sequence[str] | None = None) -> float:
    return statistics.fmean(loss(losses, members) for losses in runs)


def report(name: str, runs: Sequence[Losses]) -> None:
    """One line: the mean, its interval by resampling participants as the authors do, and the spread over data sets."""
    chance = random.Random(SEED)
    members = sorted(runs[0])
    again = sorted(mean_loss(runs, chance.choices(members, k=len(members))) for _ in range(RESAMPLES))
    low, high = again[int(0.025 * RESAMPLES)], again[int(0.975 * RESAMPLES)]
    each = [loss(losses) for losses in runs]
    print(
        f"{name:<34} {statistics.fmean(each):.4f}   95 % of resamples {low:.3f} to {high:.3f}   "
        f"data sets {min(each):.4f} to {max(each):.4f}",
        flush=True,
    )


def report_variants(
    usual: Sequence[Losses],
    data_sets: Sequence[DataSet],
    expertise: Mapping[str, Mapping[str, float]],
) -> None:
    recipe = Recipe()
    others: dict[str, tuple[Recipe, int]] = {
        "words alone": (replace(recipe, pairs=False), BEST),
        "stop words kept": (replace(recipe, stop_words=False), BEST),
        "plurals kept": (replace(recipe, singular=False), BEST),
        "numbers of words, not logarithms": (replace(recipe, damped=False), BEST),
        "none of these four": (Recipe(pairs=False, stop_words=False, singular=False, damped=False), BEST),
        "title counts twice": (replace(recipe, title_weight=2), BEST),
        "title counts three times": (replace(recipe, title_weight=3), BEST),
        **{f"mean of the best {best}": (recipe, best) for best in (1, 3, 8, 20)},
    }
    runs = {"as it is": list(usual)}
    for name, (variant, best) in others.items():
        runs[name] = [
            measure(one, expertise, lambda texts, variant=variant: Words(texts, variant), best)
            for one in data_sets
        ]
        report(name, runs[name])
    chance = random.Random(SEED)
    members = sorted(expertise)
    chosen_losses, usual_losses = [], []
    for _ in range(RESAMPLES):
        shuffled = chance.sample(members, k=len(members))
        seen, unseen = shuffled[::2], shuffled[1::2]
        best_name = min(runs, key=lambda name: mean_loss(runs[name], seen))
        chosen_losses.append(mean_loss(runs[best_name], unseen))
        usual_losses.append(mean_loss(runs["as it is"], unseen))
    print(
        f"chosen on a random half, measured on the other: {statistics.fmean(chosen_losses):.4f} "
        f"(± {statistics.stdev(chosen_losses):.3f} over halves); the recipe as it is on the same halves: "
        f"{statistics.fmean(usual_losses):.4f}"
    )


def read_expertise(path: Path) -> dict[str, dict[str, float]]:
    """Participant → paper → expertise from 1 to 5."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["ParticipantID"]: {
                row[f"Paper{number}"]: float(row[f"Expertise{number}"])
                for number in range(1, 11)
                if row[f"Paper{number}"]
            }
            for row in csv.DictReader(file, delimiter="\t")
        }


def read_data_sets(folder: Path) -> list[DataSet]:
    """The ten data sets, read from the archive without unpacking it if they are not there as folders."""
    archive = folder / "evaluation_datasets_d_20.tar.gz"
    wanted = set(DATA_SETS)
    files: dict[str, dict[str, str]] = {name: {} for name in DATA_SETS}
    if all((folder / name).is_dir() for name in DATA_SETS):
        for path in folder.glob("d_20_*/**/*.json*"):
            name, _, rest = path.relative_to(folder).as_posix().partition("/")
            if name in wanted:
                files[name][rest] = path.read_text(encoding="utf-8")
    else:
        with tarfile.open(archive) as tar:
            for member in tar:
                name, _, rest = member.name.removeprefix("./").partition("/")
                if name in wanted and member.isfile():
                    stream = tar.extractfile(member)
                    files[name][rest] = stream.read().decode() if stream else ""
    return [_data_set(inside) for inside in files.values()]


def _data_set(files: Mapping[str, str]) -> DataSet:
    submissions = json.loads(files["submissions.json"])
    return DataSet(
        {key: _text(paper["content"]) for key, paper in submissions.items()},
        {
            Path(name).stem.removeprefix("~"): [
                _text(json.loads(line)["content"]) for line in text.splitlines() if line.strip()
            ]
            for name, text in files.items()
            if name.startswith("archives/")
        },
    )


def _text(content: Mapping[str, str | None]) -> Text:
    return Text(content.get("title") or "", content.get("abstract") or "")


def speed() -> None:
    """Made-up papers of 150 words, drawn as unevenly as a language's are."""
    chance = random.Random(SEED)
    vocabulary = [f"w{number:x}x" for number in range(30_000)]
    weights = [1 / (10 + number) for number in range(len(vocabulary))]

    def papers(count: int) -> Iterator[Text]:
        for _ in range(count):
            words = chance.choices(vocabulary, weights, k=150)
            yield Text(" ".join(words[:10]), " ".join(words[10:]))

    affinities(Words([Text("warm up")]), [Text("warm up")], [[Text("warm up")]])  # the imports
    print(f"{'papers × members, 15 own papers':<34} all      one member   one submission more   peak")
    for papers_count, member_count in ((30, 20), (300, 100), (1000, 300)):
        submissions = list(papers(papers_count))
        own = [list(papers(15)) for _ in range(member_count)]
        clock = [time.perf_counter()]
        affinities(Words(submissions), submissions, own)
        clock.append(time.perf_counter())
        affinities(Words(submissions), submissions, own[:1])
        clock.append(time.perf_counter())
        more = [*submissions, *papers(1)]
        affinities(Words(more), more, own)
        clock.append(time.perf_counter())
        all_of_it, one, again = (end - start for start, end in pairwise(clock))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{f'{papers_count} × {member_count}':<34} {all_of_it:5.2f} s  {one:5.2f} s      {again:5.2f} s               {peak:.0f} MB"
        )


if __name__ == "__main__":
    sys.exit(main())
